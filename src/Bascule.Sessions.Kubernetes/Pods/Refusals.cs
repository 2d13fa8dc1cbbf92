using System.Text.RegularExpressions;

namespace Bascule.Sessions.Kubernetes;

/// <summary>Turns what the API server has against us into the reason of a session.</summary>
internal static partial class Refusals
{
    internal static (SessionEnding Ending, string Text) Read(KubeError error)
    {
        switch (error.Status)
        {
            case 401:
                return (SessionEndings.RunnerDenied, $"The API server does not know this gateway (401): {error.Message}. Look at its token or certificate.");
            case 403 when error.Message.Contains("exceeded quota", StringComparison.Ordinal):
                return (SessionEndings.RunnerQuota, error.Message);
            case 403 when Cannot().Match(error.Message) is { Success: true } cannot:
                return (SessionEndings.RunnerDenied, $"The role of this gateway lacks the verb {cannot.Groups["verb"].Value} on {cannot.Groups["resource"].Value}: {error.Message}");
            case 403 or 400 or 413 or 422:
                return (SessionEndings.PodRejected, error.Causes.Count > 0 ? string.Join("; ", error.Causes) : error.Message);
            case 404:
                return (SessionEndings.StartFailed, $"Kubernetes does not have what the pod needs: {error.Message}");
            case 409:
                return (SessionEndings.StartFailed, error.Message);
            case 429:
                return (SessionEndings.RunnerUnavailable, $"The API server has too much to do (429): {error.Message}");
            default:
                return (SessionEndings.RunnerUnavailable, error.ToString());
        }
    }

    /// <summary><c>User "…" cannot create resource "pods/exec" in API group "" …</c></summary>
    [GeneratedRegex("cannot (?<verb>[a-z]+) resource \"(?<resource>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Cannot();
}
