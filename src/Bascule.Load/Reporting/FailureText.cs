namespace Bascule.Load;

/// <summary>The table of failures, each with what was seen and what to do.</summary>
internal static class FailureText
{
    // Ten lines: a page that came instead of a 101 is recognised by its start.
    private const int LongestExample = 600;

    internal static void Write(LoadResult result, TextLayout text)
    {
        var tallies = Of(result);
        if (tallies.Count == 0)
            return;
        text.Title("Failures");
        var hasLabels = result.Targets.Count > 1;
        var all = tallies.Sum(each => each.Tally.Count);
        text.Table(
            ["class", "count", "of all", "guilty", "first", "last", .. hasLabels ? ["target"] : Array.Empty<string>()],
            [.. tallies.Select(each => new TextRow([
                each.Tally.Class,
                Readable.Count(each.Tally.Count),
                Readable.Percent((double)each.Tally.Count / all),
                GuiltyText(each.Tally),
                Readable.Seconds(each.Tally.First),
                Readable.Seconds(each.Tally.Last),
                .. hasLabels ? [each.Label] : Array.Empty<string>()], each.Tally.Guilty == Guilty.Nobody ? Colour.None : Colour.Red))],
            left: [3, 6],
            after: row => Details(tallies[row].Tally, text));
    }

    /// <summary>The most frequent first, over all targets.</summary>
    internal static IReadOnlyList<(string Label, FailureTally Tally)> Of(LoadResult result) =>
        [.. result.Targets.SelectMany(target => target.Failures.Select(tally => (target.Label, tally))).OrderByDescending(each => each.tally.Count)];

    internal static string GuiltyText(FailureTally tally) => tally.Guilty.ToString().ToLowerInvariant();

    internal static string Example(FailureTally tally) =>
        Readable.Harmless(tally.Example.Length > LongestExample ? tally.Example[..LongestExample] + "..." : tally.Example);

    private static void Details(FailureTally tally, TextLayout text)
    {
        text.Paragraph(Example(tally), "  seen     ");
        text.Paragraph(FailureClasses.AdviceFor(tally.Class), "  advice   ");
        if (tally.Attempt is { } attempt)
            text.Paragraph(Readable.Harmless(attempt), "  attempt  ");
        if (tally.Explanation is { Length: > 0 } explanation)
            text.Paragraph(Readable.Harmless(FirstParagraph(explanation)), "  gateway  ");
    }

    // The rest is for whoever looks closer: it is in the JSON, and the gateway tells it again to `bascule explain`.
    private static string FirstParagraph(string text)
    {
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        return (end < 0 ? text : text[..end]).Replace('\n', ' ');
    }
}
