using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>Which blocks of proxies answer a URL: what stands in the others is no cause of what is seen there.</summary>
internal sealed class ServingMap(Deployment deployment)
{
    private readonly ILookup<string, Door> _doors = deployment.Files.SelectMany(f => Door.Read(f).Select(door => (f.Path, door))).ToLookup(d => d.Path, d => d.door, StringComparer.Ordinal);

    /// <param name="seen">Who answered at the URL: another proxy that shows itself speaks against this one.</param>
    internal ServingFit Fit(Place place, Uri url, IReadOnlyList<HopSeen> seen)
    {
        if (deployment.File(place.File) is not { Root: { } root } file)
            return ServingFit.Untold;
        var fit = OfDoors(file, root, place, url);
        if (file.Kind == FileKind.Caddy && !Around(root, place).All(node => MayCaddy(node, url)))
            return ServingFit.No;
        return fit != ServingFit.Fits && IsContradicted(file.Kind, seen) ? ServingFit.No : fit;
    }

    private ServingFit OfDoors(LintFile file, ConfigNode root, Place place, Uri url)
    {
        var same = deployment.Files.Where(f => f.Kind == file.Kind).SelectMany(f => _doors[f.Path]).ToList();
        if (same.Count == 0)
            return ServingFit.Untold;
        // A file without a block of its own is read by one of the others.
        var here = _doors[file.Path].Any() ? _doors[file.Path].ToList() : same;
        var own = Own(here, root, place);
        var ports = PublishedPorts.Behind(deployment, file.Kind, url.Port);
        var listening = here.FindAll(d => d.Ports.Any(ports.Contains));
        var serving = Narrowed(listening.Count > 0 ? listening : here, d => d.IsNamed(url.Host));
        if (!own.Exists(serving.Contains) || (file.Kind == FileKind.Nginx && !MayNginx(own[0].Block, place, url)))
            return ServingFit.No;
        // Who stands before it takes the usual ports, and leads to others; the name tells it then.
        if (listening.Count > 0 || (url.IsDefaultPort && own.Exists(d => d.IsNamed(url.Host))))
            return ServingFit.Fits;
        var isElsewhere = _doors.SelectMany(g => g).Any(d => d.Ports.Contains(url.Port));
        return isElsewhere || own.Exists(d => d.Ports.Count > 0) ? ServingFit.Guess : ServingFit.Untold;
    }

    /// <summary>The blocks that the line belongs to: those around it, those that lead to the backend around it, or all of the file.</summary>
    private static List<Door> Own(List<Door> here, ConfigNode root, Place place)
    {
        var own = here.FindAll(d => Holds(d.Block, place));
        if (own.Count == 0 && root.All("backend").FirstOrDefault(b => Holds(b, place))?.FirstWord is { } backend)
            own = here.FindAll(d => d.Block.Children.Exists(c => c.Key is "default_backend" or "use_backend" && c.FirstWord == backend));
        return own.Count > 0 ? own : here;
    }

    /// <summary>Proxies that write their own name into each answer, or into errors; where one is seen, no other is behind what nobody listens on.</summary>
    private static bool IsContradicted(FileKind kind, IReadOnlyList<HopSeen> seen)
    {
        var product = kind switch { FileKind.Nginx => "nginx", FileKind.Haproxy => "haproxy", FileKind.Caddy => "caddy", FileKind.Apache => "apache-httpd", FileKind.Envoy => "envoy", FileKind.Kong => "kong", _ => null };
        return product is not null && seen.Any(h => h.Kind == HopKind.Proxy) && !seen.Any(h => h.MayBe(product));
    }

    private static bool MayNginx(ConfigNode server, Place place, Uri url)
    {
        var own = Around(server, place).Where(n => n.Key == "location").ToList();
        return own.Count == 0 || own.All(location => Rank(location, url.AbsolutePath) is { } rank && server.Deep("location").Except(own).All(other => Contains(location, other) || !(Rank(other, url.AbsolutePath) > rank)));
    }

    /// <summary>How well a location fits, as nginx chooses: the exact one, an expression, the longest beginning. Null: not at all.</summary>
    private static int? Rank(ConfigNode location, string path)
    {
        const int exact = 3_000_000, firm = 2_000_000, expression = 1_000_000;
        return location.Words switch
        {
            ["=", var whole] => whole == path ? exact : null,
            ["^~", var begin] => path.StartsWith(begin, StringComparison.Ordinal) ? firm + begin.Length : null,
            ["~" or "~*", var pattern] => IsMatch(pattern, path, location.Words[0] == "~*") ? expression : null,
            [var begin] when begin.StartsWith('/') => path.StartsWith(begin, StringComparison.Ordinal) ? begin.Length : null,
            // A named one is reached from elsewhere.
            _ => 0,
        };
    }

    /// <summary>An expression that cannot be told fits.</summary>
    private static bool IsMatch(string pattern, string path, bool ignoresCase)
    {
        try
        {
            return Regex.IsMatch(path, pattern, RegexOptions.NonBacktracking | (ignoresCase ? RegexOptions.IgnoreCase : RegexOptions.None), TimeSpan.FromSeconds(1));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or RegexMatchTimeoutException)
        {
            return true;
        }
    }

    /// <summary>A block whose first word is a path answers what the path means; others have conditions of another kind.</summary>
    private static bool MayCaddy(ConfigNode node, Uri url)
    {
        if (node.Key is not ("handle" or "handle_path" or "route" or "reverse_proxy" or "redir" or "rewrite") || node.FirstWord is not { } path || !path.StartsWith('/'))
            return true;
        return path.EndsWith('*') ? url.AbsolutePath.StartsWith(path[..^1], StringComparison.Ordinal) : url.AbsolutePath == path;
    }

    private static List<Door> Narrowed(List<Door> doors, Predicate<Door> fits) => doors.FindAll(fits) is { Count: > 0 } some ? some : doors;

    private static IEnumerable<ConfigNode> Around(ConfigNode root, Place place) => root.Everything().Where(n => n != root && Holds(n, place));

    private static bool Holds(ConfigNode node, Place place) =>
        node.Place.File == place.File && node.Place.Line <= place.Line && place.Line <= node.Everything().Where(n => n.Place.File == place.File).Max(n => n.Place.Line);

    private static bool Contains(ConfigNode outer, ConfigNode inner) => outer.Everything().Contains(inner);
}
