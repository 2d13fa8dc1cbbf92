using System.Net;

namespace Bascule.Diagnostics;

/// <summary>What the URL alone tells.</summary>
internal static class UrlStep
{
    internal static void Take(Ladder ladder, ProbeTarget target)
    {
        var evidence = $"{target.Shown}, {(target.IsSecure ? "with" : "without")} TLS, port {target.Url.Port}";
        if (!target.IsSecure && target.Origin?.StartsWith("https:", StringComparison.OrdinalIgnoreCase) == true && !IsLoopback(target.Url.IdnHost))
            ladder.Add("url", StepResult.Fail, TimeSpan.Zero, $"{evidence}; the page is {target.Origin}", Findings.Of(
                "PROBE-MIXED-CONTENT", Severity.Error, $"A page of {target.Origin} is given ws://, but a page that came by https may open wss:// only.",
                $"{target.Shown} for a page of {target.Origin}", "Browsers block it as mixed content; no packet leaves the browser, so no server log shows anything.",
                "The constructor throws a SecurityError, or the connection fails at once with 1006.", $"Hand out wss://{target.Url.Authority}{target.Url.AbsolutePath}: take the scheme from the page, or from X-Forwarded-Proto on the server.", "browser-mixed-content"));
        else if (target.Url.Fragment.Length > 0)
            ladder.Add("url", StepResult.Fail, TimeSpan.Zero, $"{evidence}; it has a fragment", Findings.Of(
                "PROBE-URL", Severity.Warning, "The URL has a fragment (#…), which a WebSocket URL may not have.", target.Shown, "Older browsers throw a SyntaxError; newer ones drop it (RFC 6455 §3).",
                "The constructor throws in some browsers.", "Remove what begins with #."));
        else
            ladder.Add("url", StepResult.Ok, TimeSpan.Zero, evidence);
    }

    /// <summary>Browsers trust it without TLS.</summary>
    private static bool IsLoopback(string host) =>
        host == "localhost" || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
