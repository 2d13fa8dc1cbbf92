using System.Globalization;
using System.Text;

namespace Bascule.Storage.Redis;

/// <summary>What Redis says of a stream.</summary>
/// <param name="First">The oldest entry; null when there is none.</param>
/// <param name="Last">The newest id ever given out, though its entry may be gone.</param>
/// <param name="NothingRemoved">Every entry that was ever added is still there. False also where Redis cannot say: before version 7.</param>
internal sealed record StreamFacts(StreamId? First, StreamId Last, bool NothingRemoved);

/// <summary>One entry of a stream.</summary>
/// <param name="Payload">The field <c>data</c>; null when it has none, and so is no message.</param>
internal sealed record StreamEntry(StreamId Id, byte[]? Payload, string? Key);

/// <summary>The commands for streams, over one connection.</summary>
internal sealed class StreamCommands(RespConnection connection)
{
    /// <summary>Null when there is no such key.</summary>
    /// <exception cref="RedisRefusedException">The key is something else, or may not be read.</exception>
    internal async Task<StreamFacts?> FactsAsync(string key, CancellationToken cancellation)
    {
        object?[] fields;
        try
        {
            fields = (object?[])(await connection.AskAsync(cancellation, "XINFO", "STREAM", key))!;
        }
        catch (RedisRefusedException e) when (e.Message.Contains("no such key", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var facts = fields.Chunk(2).Where(pair => pair.Length == 2).ToDictionary(pair => Text(pair[0]), pair => pair[1], StringComparer.Ordinal);
        return new StreamFacts(
            facts.GetValueOrDefault("first-entry") is object?[] first ? StreamId.Parse(Text(first[0])) : null,
            StreamId.Parse(Text(facts["last-generated-id"])),
            facts.GetValueOrDefault("entries-added") is long added && added == (long)facts["length"]!);
    }

    internal async Task<bool> HasAsync(string key, StreamId id, CancellationToken cancellation) => (await RangeAsync(key, id, id, 1, cancellation)).Count > 0;

    /// <summary>The newest entry before the time; null when there is none.</summary>
    internal async Task<StreamId?> LastBeforeAsync(string key, DateTimeOffset time, CancellationToken cancellation)
    {
        // Without a number, the largest one is meant.
        var end = Math.Max(0, time.ToUnixTimeMilliseconds() - 1).ToString(CultureInfo.InvariantCulture);
        var entries = Entries(await connection.AskAsync(cancellation, "XREVRANGE", key, end, "-", "COUNT", "1"));
        return entries.Count > 0 ? entries[0].Id : null;
    }

    /// <summary>Entries from the first to the last id, both included.</summary>
    internal async Task<IReadOnlyList<StreamEntry>> RangeAsync(string key, StreamId first, StreamId last, int most, CancellationToken cancellation) =>
        Entries(await connection.AskAsync(cancellation, "XRANGE", key, first.ToString(), last.ToString(), "COUNT", most.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Entries of several streams, of each those behind an id.</summary>
    /// <param name="wait">How long Redis waits for the first one; null: not at all.</param>
    internal async Task<IReadOnlyList<(string Key, IReadOnlyList<StreamEntry> Entries)>> ReadAsync(
        IReadOnlyCollection<(string Key, StreamId After)> streams, int most, TimeSpan? wait, CancellationToken cancellation)
    {
        string[] block = wait is { } pause ? ["BLOCK", ((long)pause.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)] : [];
        string[] command =
        [
            "XREAD", "COUNT", most.ToString(CultureInfo.InvariantCulture), .. block, "STREAMS", .. streams.Select(s => s.Key), .. streams.Select(s => s.After.ToString()),
        ];

        // Longer than Redis waits by as much as any other answer may take.
        var limit = TimeSpan.FromSeconds(5) + (wait ?? TimeSpan.Zero);
        var answer = (object?[]?)await connection.AskAsync(limit, cancellation, command);
        return [.. (answer ?? []).Cast<object?[]>().Select(stream => (Text(stream[0]), Entries(stream[1])))];
    }

    private static IReadOnlyList<StreamEntry> Entries(object? answer) => [.. ((object?[]?)answer ?? []).Cast<object?[]>().Select(Entry)];

    private static StreamEntry Entry(object?[] entry)
    {
        byte[]? payload = null;
        string? key = null;
        foreach (var field in ((object?[]?)entry[1] ?? []).Chunk(2))
        {
            if (Text(field[0]) == "data")
                payload = (byte[])field[1]!;
            else if (Text(field[0]) == "key")
                key = Text(field[1]);
        }

        return new StreamEntry(StreamId.Parse(Text(entry[0])), payload, key);
    }

    private static string Text(object? value) => Encoding.UTF8.GetString((byte[])value!);
}
