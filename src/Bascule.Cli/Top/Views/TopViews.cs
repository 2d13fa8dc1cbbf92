namespace Bascule.Cli;

/// <summary>The views, and the one place that knows how each is made.</summary>
public static class TopViews
{
    public static TopTable Make(TopViewKind view, TopKnowledge known) => view switch
    {
        TopViewKind.Pools => PoolsView.Make(known),
        TopViewKind.Connections => ConnectionsView.Make(known),
        TopViewKind.Refusals => RefusalsView.Make(known),
        TopViewKind.Endings => EndingsView.Make(known),
        TopViewKind.Routes => RoutesView.Make(known),
        TopViewKind.Events => EventsView.Make(known),
        TopViewKind.Sessions => SessionsView.Make(known),
        _ => ShardsView.Make(known),
    };

    public static string Title(TopViewKind view) => view switch
    {
        TopViewKind.Refusals => "attempts",
        TopViewKind.Endings => "ends",
        _ => view.ToString().ToLowerInvariant(),
    };
}
