using System.Collections.Frozen;
using System.Globalization;
using System.Net;

namespace Bascule.Backends;

/// <summary>Whom to ask, and how names are completed: what resolv.conf(5) and hosts(5) say.</summary>
public sealed record ResolverSettings
{
    private const int MostServers = 3; // glibc: MAXNS

    public IReadOnlyList<IPEndPoint> Servers { get; init; } = [new(IPAddress.Loopback, 53)];

    /// <summary>Domains that complete a name with fewer than <see cref="Dots"/> dots, before it is asked for as it is.</summary>
    public IReadOnlyList<string> Search { get; init; } = [];

    public int Dots { get; init; } = 1;

    /// <summary>For one question to one server. 2 s: the 5 s of glibc are long beside a queue that waits 10 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Rounds through the servers.</summary>
    public int Attempts { get; init; } = 2;

    /// <summary>Names that need no question.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<IPAddress>> Hosts { get; init; } = FrozenDictionary<string, IReadOnlyList<IPAddress>>.Empty;

    /// <summary>What the files of this machine say now; without them, a server on this machine is asked.</summary>
    public static ResolverSettings OfSystem() => Parse(ReadIfThere("/etc/resolv.conf"), ReadIfThere("/etc/hosts"));

    /// <param name="resolvConf">Lines that are not understood are passed over, as glibc does.</param>
    public static ResolverSettings Parse(string resolvConf, string hosts)
    {
        var settings = new ResolverSettings { Hosts = ParseHosts(hosts) };
        List<IPEndPoint> servers = [];
        foreach (var words in Lines(resolvConf))
        {
            switch (words[0])
            {
                case "nameserver" when words.Length > 1 && IPAddress.TryParse(words[1], out var address):
                    servers.Add(new IPEndPoint(address, 53));
                    break;
                case "search" or "domain":
                    settings = settings with { Search = [.. words.Skip(1).Select(domain => domain.Trim('.')).Where(domain => domain.Length > 0)] };
                    break;
                case "options":
                    settings = words.Skip(1).Aggregate(settings, WithOption);
                    break;
                default:
                    break;
            }
        }

        return servers.Count == 0 ? settings : settings with { Servers = [.. servers.Take(MostServers)] };
    }

    /// <summary>The names to ask for, in order.</summary>
    public IEnumerable<string> Candidates(string name)
    {
        var whole = name.TrimEnd('.');
        if (name.EndsWith('.'))
            return [whole];
        var completed = Search.Select(domain => $"{whole}.{domain}");
        return whole.Count(c => c == '.') >= Dots ? [whole, .. completed] : [.. completed, whole];
    }

    private static ResolverSettings WithOption(ResolverSettings settings, string option)
    {
        var (name, _, text) = option.Split(':', 2) is [var before, var after] ? (before, ':', after) : (option, ':', "");
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return settings;

        // The bounds are those of glibc.
        return name switch
        {
            "ndots" => settings with { Dots = Math.Min(number, 15) },
            "timeout" => settings with { Timeout = TimeSpan.FromSeconds(Math.Clamp(number, 1, 30)) },
            "attempts" => settings with { Attempts = Math.Clamp(number, 1, 5) },
            _ => settings,
        };
    }

    private static FrozenDictionary<string, IReadOnlyList<IPAddress>> ParseHosts(string hosts)
    {
        var names = new Dictionary<string, IReadOnlyList<IPAddress>>(StringComparer.OrdinalIgnoreCase);
        foreach (var words in Lines(hosts))
        {
            if (!IPAddress.TryParse(words[0], out var address))
                continue;
            foreach (var name in words.Skip(1))
                names[name] = [.. names.GetValueOrDefault(name, []), address];
        }

        return names.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    private static IEnumerable<string[]> Lines(string text) =>
        text.Split('\n').Select(line => line.Split('#', ';')[0].Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 0);

    private static string ReadIfThere(string path) => File.Exists(path) ? File.ReadAllText(path) : "";
}
