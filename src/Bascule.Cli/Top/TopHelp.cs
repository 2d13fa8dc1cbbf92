namespace Bascule.Cli;

/// <summary>What the keys do, for the footer and the page of help.</summary>
internal static class TopHelp
{
    internal const string Title = "keys";

    internal static IReadOnlyList<string> Lines(IReadOnlyList<TopViewKind> views, TopSettings settings) =>
    [
        $"1-{views.Count}, tab    views: {string.Join(", ", views.Select(TopViews.Title))}",
        "arrows, page up and down, home, end    move",
        "enter    more about the row: the explanation of a connection or an attempt",
        "/    filter: rows that have the text somewhere; esc takes the filter away",
        "s    sort by the next column; after the last one, the order of the gateway",
        "r    reverse the order",
        "f    freeze: nothing is asked and nothing changes until f is pressed again",
        $"k    close the selected connection{(settings.MayWrite ? "" : " (only with --write)")}",
        $"d    drain the selected node{(settings.MayWrite ? "" : " (only with --write)")}",
        "esc    back",
        "q    leave; so does Ctrl-C",
        "",
        "Rates are those of the last interval. – is what is not known. Times are UTC.",
        "lag: messages that the source furthest behind has yet to give to a shard.",
        "by: the side that caused an end. What each reason means: docs/end-reasons.md, or enter.",
    ];

    /// <summary>The keys that matter here, for the last line.</summary>
    internal static ScreenLine Footer(TopModel model)
    {
        var line = new ScreenLine();
        (string Key, string Does)[] keys = model switch
        {
            { Prompt: not null } => [("enter", "go on"), ("esc", "leave it")],
            { Over: not null } => [("esc", "back"), ("↑↓", "scroll"), ("q", "quit")],
            _ =>
            [
                ("?", "help"), ("/", "filter"), ("s", "sort"), ("r", "reverse"), ("enter", "more"), ("f", model.IsFrozen ? "thaw" : "freeze"),
                .. model.View switch { TopViewKind.Connections => [("k", "close")], TopViewKind.Pools => [("d", "drain")], _ => Array.Empty<(string, string)>() },
                ("q", "quit"),
            ],
        };
        foreach (var (key, does) in keys)
            line.Add(key, Tone.Accent).Add($" {does}  ");
        return line;
    }
}
