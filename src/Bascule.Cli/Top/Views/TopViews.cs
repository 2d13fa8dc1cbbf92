namespace Bascule.Cli;

/// <summary>The views, and the one place that knows how each is made.</summary>
public static class TopViews
{
    public static TopTable Make(TopViewKind view, TopData data) => view switch
    {
        TopViewKind.Pools => PoolsView.Make(data),
        TopViewKind.Connections => ConnectionsView.Make(data),
        TopViewKind.Refusals => RefusalsView.Make(data),
        TopViewKind.Endings => EndingsView.Make(data),
        TopViewKind.Routes => RoutesView.Make(data),
        TopViewKind.Events => EventsView.Make(data),
        _ => ShardsView.Make(data),
    };

    public static string Title(TopViewKind view) => view switch
    {
        TopViewKind.Refusals => "attempts",
        TopViewKind.Endings => "ends",
        _ => view.ToString().ToLowerInvariant(),
    };
}
