using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bascule.Sessions.Kubernetes;

/// <summary>The way to the API server: reached, trusted, known.</summary>
internal static class AccessSteps
{
    // What nobody renews is to be seen before it ends: the time in which people come back from holidays.
    private static readonly TimeSpan Soon = TimeSpan.FromDays(30);

    /// <returns>False when the server cannot be asked.</returns>
    internal static async Task<bool> ReachAsync(CheckSteps steps, KubeClient client, KubeAccess access, CancellationToken cancellation)
    {
        var answer = await client.GetAsync("version", cancellation);
        if (answer.Error is { Status: 0 } lost)
        {
            if (!lost.Message.Contains(KubeClient.Untrusted, StringComparison.Ordinal))
            {
                steps.Found("api-server", AccessVerdicts.Unreachable(lost.Message));
                steps.Skip("tls", "nothing answers");
                return false;
            }

            steps.Good("api-server", $"{access.Server} answers");
            steps.Found("tls", AccessVerdicts.Untrusted(lost.Message));
            return false;
        }

        // 401 and 403 are answers of an API server, too: some let nobody read the version without a name.
        if (answer.Found.Text("gitVersion") is null && answer.Error is not { Status: 401 or 403 })
        {
            steps.Found("api-server", AccessVerdicts.NotKubernetes($"{access.Server}version: {answer.Error?.ToString() ?? "an object without gitVersion"}"));
            steps.Skip("tls", "what answers is no API server");
            return false;
        }

        steps.Good("api-server", $"{access.Server}, {answer.Found.Text("gitVersion") ?? "which does not tell its version"}");
        SayTls(steps, access);
        return true;
    }

    /// <returns>False when the server does not know us.</returns>
    internal static async Task<bool> IdentifyAsync(CheckSteps steps, KubeClient client, KubeAccess access, TimeProvider time, CancellationToken cancellation)
    {
        var review = new JsonObject { ["apiVersion"] = "authentication.k8s.io/v1", ["kind"] = "SelfSubjectReview" };
        var answer = await client.CreateAsync("apis/authentication.k8s.io/v1/selfsubjectreviews", review, cancellation);
        var isKnown = answer.Error is not { Status: 401 };
        if (!isKnown)
            steps.Found("identity", AccessVerdicts.Refused($"{answer.Error} ({access.Source})"));
        else if (answer.Found.Text("status", "userInfo", "username") is { } name)
            steps.Good("identity", name.StartsWith("system:serviceaccount:", StringComparison.Ordinal) ? name : $"{name}: what follows are this user's rights, not those of the gateway");
        else
            steps.Skip("identity", $"the API server does not tell who we are{Why(answer.Error)}: {answer.Error?.ToString() ?? "its answer names no user"}");
        await SayTokenAsync(steps, access, time, cancellation);
        return isKnown;
    }

    private static string Why(KubeError? error) => error?.Status switch
    {
        403 => " (these credentials may not create selfsubjectreviews)",
        404 => " (it is older than 1.28)",
        _ => "",
    };

    private static void SayTls(CheckSteps steps, KubeAccess access)
    {
        if (access.Server.Scheme != Uri.UriSchemeHttps)
            steps.Good("tls", "none: the address is plain HTTP, as that of kubectl proxy");
        else if (access.SkipsVerification)
            steps.Found("tls", AccessVerdicts.Unchecked("insecure-skip-tls-verify is true"));
        else
            steps.Good("tls", access.Authorities is null ? "the system's authorities vouch for the certificate" : "the cluster's own authority vouches for the certificate");
    }

    private static async Task SayTokenAsync(CheckSteps steps, KubeAccess access, TimeProvider time, CancellationToken cancellation)
    {
        if (access.Token is not { } token)
        {
            steps.Skip("token", access.ClientCertificate is null ? "none is used" : "a client certificate is used");
            return;
        }

        string text;
        try
        {
            text = await token.ReadAsync(again: false, cancellation);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            steps.Found("token", AccessVerdicts.NoCredentials(fault.Message));
            return;
        }

        if (ClaimsOf(text) is not { } claims)
        {
            steps.Skip("token", "it is no JWT: when it ends cannot be told");
            return;
        }

        SayLife(steps, claims, token.IsFile, time.GetUtcNow());
    }

    private static void SayLife(CheckSteps steps, JsonObject claims, bool isFile, DateTimeOffset now)
    {
        if (TimeOf(claims, "exp") is not { } end)
        {
            steps.Found("token", AccessVerdicts.Endless("it has no exp"));
            return;
        }

        var issued = TimeOf(claims, "iat") is { } start ? $"issued {Ago(now - start)} ago, " : "";
        var seen = $"{issued}{(end <= now ? $"expired {Ago(now - end)} ago" : $"good for {Ago(end - now)}")}, {(isFile ? "from a file that is read again" : "written in the kubeconfig")}";
        if (end <= now)
            steps.Found("token", AccessVerdicts.Expired(seen));
        else if (!isFile && end - now < Soon)
            steps.Found("token", AccessVerdicts.Static(seen));
        else
            steps.Good("token", seen);
    }

    private static JsonObject? ClaimsOf(string token)
    {
        if (token.Split('.') is not [_, var payload, _])
            return null;
        try
        {
            return JsonNode.Parse(Convert.FromBase64String(payload.Replace('-', '+').Replace('_', '/').PadRight((payload.Length + 3) / 4 * 4, '='))) as JsonObject;
        }
        catch (Exception fault) when (fault is FormatException or JsonException)
        {
            // Another kind of token with two dots.
            return null;
        }
    }

    private static DateTimeOffset? TimeOf(JsonObject claims, string name) =>
        claims[name] is JsonValue value && value.TryGetValue(out double seconds) ? DateTimeOffset.FromUnixTimeSeconds((long)seconds) : null;

    private static string Ago(TimeSpan time) => time.TotalDays >= 2
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalDays:0} days")
        : time.TotalHours >= 2 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0} h") : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min");
}
