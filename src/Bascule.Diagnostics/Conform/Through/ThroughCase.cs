namespace Bascule.Diagnostics;

/// <summary>A <see cref="ConformCase"/> that needs the door behind what is tested.</summary>
internal sealed record ThroughCase(string Id, string Title, string Source, Func<ThroughStage, CancellationToken, Task<Observation>> Play)
{
    /// <summary>A case on one WebSocket that is open already.</summary>
    internal static ThroughCase OnPair(string id, string title, string source, Func<ThroughPair, CancellationToken, Task<Observation>> play) =>
        new(id, title, source, async (stage, interruption) =>
        {
            await using var pair = await stage.OpenAsync(interruption);
            return await play(pair, interruption);
        });

    /// <summary>Two cases, one for each direction, with <c>-up</c> and <c>-down</c> behind the id.</summary>
    internal static IEnumerable<ThroughCase> BothWays(string id, string title, string source, Func<ThroughPair, Way, CancellationToken, Task<Observation>> play) =>
        ((Way[])[Way.Up, Way.Down]).Select(way => OnPair(
            $"{id}-{way.Suffix()}", $"{title}, {way.Words()}", source, (pair, interruption) => play(pair, way, interruption)));
}
