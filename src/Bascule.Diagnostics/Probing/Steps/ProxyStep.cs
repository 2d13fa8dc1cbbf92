namespace Bascule.Diagnostics;

/// <summary>Proxies that the environment sets: the probe goes straight, other programs may not.</summary>
internal static class ProxyStep
{
    internal static void Take(Ladder ladder, ProbeTarget target, IReadOnlyDictionary<string, string> environment)
    {
        string[] names = target.IsSecure ? ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] : ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
        var name = names.FirstOrDefault(n => environment.GetValueOrDefault(n) is { Length: > 0 });
        if (name is null)
            ladder.Add("proxy", StepResult.Ok, TimeSpan.Zero, "the environment sets none");
        else if (IsExempt(target.Url.IdnHost, environment.GetValueOrDefault("no_proxy") ?? environment.GetValueOrDefault("NO_PROXY") ?? ""))
            ladder.Add("proxy", StepResult.Ok, TimeSpan.Zero, $"{name} is set, and NO_PROXY exempts {target.Url.IdnHost}");
        else
            ladder.Add("proxy", StepResult.Warn, TimeSpan.Zero, $"{name} is {Place(environment[name])}; the probe goes without it", Findings.Of(
                "PROBE-VIA-PROXY", Severity.Info, $"Programs on this machine that honour {name} go through {Place(environment[name])}; this probe does not.", $"{name}={Place(environment[name])}",
                "Many proxies cut or mangle WebSockets without TLS; through CONNECT (wss://) they pass.", "It works here and fails in another program, or the reverse.", "Compare both ways; add the host to NO_PROXY if the proxy is not needed.", "corp-proxy"));
    }

    private static bool IsExempt(string host, string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Any(entry => entry == "*" || host.Equals(entry.TrimStart('.'), StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + entry.TrimStart('*', '.'), StringComparison.OrdinalIgnoreCase));

    /// <summary>Without user and password.</summary>
    private static string Place(string proxy) => proxy[(proxy.LastIndexOf('@') + 1)..] is { Length: > 0 } place ? place : "set";
}
