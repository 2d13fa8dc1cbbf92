using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>Which units of a deployment carry WebSockets, where that can be told of each; else what holds for the whole run holds for them.</summary>
internal sealed class Carriers
{
    /// <summary>Servers to which nobody opens WebSockets.</summary>
    private static readonly Regex Store = SourceText.Pattern(@"(^|/)(postgres|postgresql|mysql|mariadb|mongo|redis|valkey|memcached|rabbitmq|kafka|cp-kafka|zookeeper|cp-zookeeper|elasticsearch|opensearch|minio|prometheus|clickhouse-server|cassandra|etcd|vault|consul)(:|@|$)");

    private readonly ILookup<string, DeployUnit> _byFile;
    private readonly Dictionary<DeployUnit, bool> _known = new(ReferenceEqualityComparer.Instance);

    internal Carriers(Deployment deployment, IEnumerable<string> paths, IReadOnlyList<NginxLocation> locations)
    {
        List<DeployUnit> units = [.. UnitReader.All(deployment)];
        _byFile = units.ToLookup(u => u.First.File, StringComparer.Ordinal);
        if (deployment.Options.AssumeWebSockets)
            return;
        var (folders, routed) = (new SourceFolders(deployment, paths), new RoutedHosts(deployment, locations));
        foreach (var unit in units)
        {
            if (Told(unit, folders, routed) is { } told)
                _known[unit] = told;
        }

        Spread(units);
        // Nobody is known to carry them, though something shows them: so it may be any.
        if (!_known.ContainsValue(true) && !folders.AnyServes)
            _known.Clear();
    }

    /// <summary>Units without a sign of WebSockets, beside others that have one: rules about WebSockets leave them alone.</summary>
    internal IReadOnlyList<DeployUnit> Plain => [.. _known.Where(k => !k.Value).Select(k => k.Key).OrderBy(u => u.First)];

    /// <summary>Whether a fault at this place can touch WebSockets: the smallest unit around it that is known says so.</summary>
    internal bool Carries(Place place)
    {
        var known = _byFile[place.File].Where(u => u.Covers(place) && _known.ContainsKey(u)).MinBy(u => u.Lines);
        return known is null || _known[known];
    }

    private static bool? Told(DeployUnit unit, SourceFolders folders, RoutedHosts routed)
    {
        if (unit.OwnSign is not null || (!unit.IsRoute && routed.IsSocket(unit)))
            return true;
        if (unit.IsPlain || unit.IsRoute)
            return unit.IsPlain ? false : null;
        if (unit.Images.Any(Store.IsMatch))
            return false;
        return folders.Serves(unit) ?? (routed.IsPlain(unit) ? false : null);
    }

    /// <summary>A route is what the units behind it are; and what a route for sockets leads to carries them.</summary>
    private void Spread(List<DeployUnit> units)
    {
        var byKey = units.ToLookup(u => u.Key, StringComparer.Ordinal);
        for (var round = 0; round < 4; round++)
        {
            foreach (var unit in units.Where(u => u.IsRoute && !_known.ContainsKey(u)))
            {
                var behind = unit.Links.SelectMany(k => byKey[k]).Where(u => u != unit).ToList();
                if (behind.Any(u => _known.GetValueOrDefault(u)))
                    _known[unit] = true;
                else if (behind.Count > 0 && behind.TrueForAll(_known.ContainsKey))
                    _known[unit] = false;
            }

            foreach (var unit in units.Where(u => u is { IsRoute: true, OwnSign: not null } && u.Links.Count == 1))
            {
                foreach (var only in unit.Links.SelectMany(k => byKey[k]))
                    _known[only] = true;
            }
        }
    }
}
