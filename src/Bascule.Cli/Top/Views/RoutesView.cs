using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary>What goes on, on each route.</summary>
internal static class RoutesView
{
    private static readonly Column[] Columns =
    [
        new("ROUTE", 0, Least: 10) { Most = 30 }, new("PATH", 2, Least: 10) { Most = 40 }, new("POOL", 1, Least: 6) { Most = 24 }, new("AUTH", 4), Number("CONN", 0), Number("OPENED/S", 0),
        Number("REFUSED/S", 0), Number("ENDED/S", 3), Number("OPENED", 5), Number("REFUSED", 5),
    ];

    internal static TopTable Make(TopKnowledge known) => new(Columns, [.. (known.Latest?.Status?.Routes ?? []).Select(r => Row(known, r))]) { Empty = "no routes" };

    private static Column Number(string heading, int priority) => new(heading, priority) { IsRight = true };

    private static TopRow Row(TopKnowledge known, RouteStatus route)
    {
        return new TopRow(
            route.Name,
            [
                TopCell.Of(route.Name, Tone.Accent), TopCell.Of(route.Path), TopCell.Of(route.Pool), TopCell.Of(route.Auth), TopCell.Of((double)route.Connections),
                TopCell.Rate(PerSecond(r => r.Accepted), Tone.Good), TopCell.Rate(PerSecond(r => r.Refused), Tone.Warning), TopCell.Rate(PerSecond(r => r.Ended)),
                TopCell.Of((double)route.Accepted), TopCell.Of((double)route.Refused),
            ]);

        double PerSecond(Func<RouteStatus, long> count) => known.Rates.PerSecond(s => s.Routes.FirstOrDefault(r => r.Name == route.Name) is { } found ? count(found) : 0);
    }
}
