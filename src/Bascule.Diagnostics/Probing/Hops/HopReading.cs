namespace Bascule.Diagnostics;

/// <summary>Recognizes who stands on the way, and who gave an answer.</summary>
internal static class HopReading
{
    /// <summary>All who show themselves in any of the answers, in the order of <see cref="HopSigns"/>, each once.</summary>
    internal static IReadOnlyList<HopSeen> Of(string host, IEnumerable<HttpAnswer> answers)
    {
        List<HopSeen> seen = [];
        var all = answers.ToList();
        foreach (var sign in HopSigns.All)
        {
            if (seen.All(s => s.Name != sign.Name) && all.Select(a => sign.In(host, a)).FirstOrDefault(s => s is not null) is { } by)
                seen.Add(new HopSeen(sign.Name, sign.Kind, by, sign.Platform));
        }

        return seen;
    }

    /// <summary>Who most likely wrote this answer: of those whose name stands in it, the one nearest to the application.</summary>
    internal static HopSeen? AuthorOf(string host, HttpAnswer answer)
    {
        var all = Of(host, [answer]);
        return all.LastOrDefault(h => !h.Sign.StartsWith("host ", StringComparison.Ordinal)) ?? (all.Count == 0 ? null : all[^1]);
    }
}
