using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>Which blocks of nginx and Caddy answer a URL: what stands in the others is no cause of what is seen there.</summary>
internal sealed class ServingMap(Deployment deployment)
{
    /// <returns>False only where another block of the same file answers this URL.</returns>
    internal bool MayServe(Place place, Uri url) => deployment.File(place.File) switch
    {
        { Kind: FileKind.Nginx, Root: { } root } => MayNginx(root, place.Line, url),
        { Kind: FileKind.Caddy, Root: { } root } => Around(root, place.Line).All(node => MayCaddy(node, url)),
        _ => true,
    };

    private static bool MayNginx(ConfigNode root, int line, Uri url)
    {
        var servers = root.Deep("server").Where(s => s.Children.Count > 0).ToList();
        if (servers.Find(s => Holds(s, line)) is not { } server)
            return true;
        var serving = Narrowed(Narrowed(servers, s => s.All("listen").Any(l => Port(l.FirstWord) == url.Port)), s => s["server_name"]?.Words.Any(name => IsName(name, url.Host)) == true);
        if (!serving.Contains(server))
            return false;
        var own = Around(server, line).Where(n => n.Key == "location").ToList();
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

    private static List<ConfigNode> Narrowed(List<ConfigNode> servers, Predicate<ConfigNode> fits) => servers.FindAll(fits) is { Count: > 0 } some ? some : servers;

    private static IEnumerable<ConfigNode> Around(ConfigNode root, int line) => root.Everything().Where(n => n != root && Holds(n, line));

    private static bool Holds(ConfigNode node, int line) => node.Place.Line <= line && line <= node.Everything().Max(n => n.Place.Line);

    private static bool Contains(ConfigNode outer, ConfigNode inner) => outer.Everything().Contains(inner);

    private static int? Port(string? listen) => listen is null ? null : int.TryParse(listen[(listen.LastIndexOf(':') + 1)..], out var port) ? port : null;

    private static bool IsName(string name, string host) =>
        name.Equals(host, StringComparison.OrdinalIgnoreCase) || (name.StartsWith("*.", StringComparison.Ordinal) && host.EndsWith(name[1..], StringComparison.OrdinalIgnoreCase));
}
