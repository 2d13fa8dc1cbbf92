using System.Net;
using System.Text;

namespace Bascule.Diagnostics;

/// <summary>The proxy that programs take for a URL because the environment says so.</summary>
/// <param name="Variable">The variable that names it.</param>
/// <param name="Url">With user and password, if it has any; <see cref="Place"/> is what may be shown.</param>
internal sealed record EnvironmentProxy(string Variable, Uri Url)
{
    internal string Place => $"{Url.Host}:{Url.Port}";

    /// <summary>The value of Proxy-Authorization; null when the variable holds no password.</summary>
    internal string? Authorization => Url.UserInfo.Length == 0 ? null : "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(Url.UserInfo)));

    /// <summary>The variable that holds for this URL, with its value; null when there is none.</summary>
    internal static (string Name, string Value)? VariableFor(ProbeTarget target, IReadOnlyDictionary<string, string> environment)
    {
        string[] names = target.IsSecure ? ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] : ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
        var name = names.FirstOrDefault(n => environment.GetValueOrDefault(n) is { Length: > 0 });
        return name is null ? null : (name, environment[name]);
    }

    /// <returns>Null for what is no proxy of HTTP without TLS: SOCKS, or something that cannot be read.</returns>
    internal static EnvironmentProxy? Read(string variable, string value) =>
        Uri.TryCreate(value.Contains("://", StringComparison.Ordinal) ? value : $"http://{value}", UriKind.Absolute, out var url) && url.Scheme == "http" && url.Host.Length > 0
            ? new EnvironmentProxy(variable, url)
            : null;

    /// <summary>Why the URL is reached without a proxy all the same; null when it is not.</summary>
    internal static string? Exemption(Uri url, IReadOnlyDictionary<string, string> environment)
    {
        var host = url.IdnHost.Trim('[', ']');
        if (host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address)))
            return "this machine is reached without";
        var list = environment.GetValueOrDefault("no_proxy") ?? environment.GetValueOrDefault("NO_PROXY") ?? "";
        return list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Any(entry => Covers(entry, host, url.Port)) ? $"NO_PROXY exempts {host}" : null;
    }

    private static bool Covers(string entry, string host, int port)
    {
        if (entry == "*")
            return true;
        if (IPAddress.TryParse(host, out var address))
            return IPNetwork.TryParse(entry, out var network) ? network.Contains(address) : IPAddress.TryParse(entry, out var one) && one.Equals(address);
        var colon = entry.LastIndexOf(':');
        if (colon > 0 && entry[(colon + 1)..] is var given && given.All(char.IsAsciiDigit))
        {
            if (given != $"{port}")
                return false;
            entry = entry[..colon];
        }

        var name = entry.TrimStart('*').TrimStart('.');
        return host.Equals(name, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + name, StringComparison.OrdinalIgnoreCase);
    }
}
