using Bascule.Hub;
using Bascule.Settings;

namespace Bascule.Storage.Redis;

/// <summary>Older entries of streams, for clients that come back late: on a connection of its own, one client after the other.</summary>
internal sealed class StreamHistory(StorageAddress address, IReadOnlyList<StreamTrack> tracks, TimeProvider time) : IAsyncDisposable
{
    private const int MostAtOnce = 200;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private RespConnection? _connection;

    internal bool Has(LogId log) => tracks.Any(t => t.Log == log);

    /// <inheritdoc cref="IHistorySource.FetchAsync"/>
    internal async Task<FetchResult> FetchAsync(LogId log, long after, long before, FetchLimits limits, Action<SourceMessage> each, CancellationToken cancellation)
    {
        if (tracks.FirstOrDefault(t => t.Log == log) is not { } track)
            return new FetchResult(0, GapReason.EpochChanged);
        await _turn.WaitAsync(cancellation);
        var given = 0;
        try
        {
            var commands = new StreamCommands(_connection ??= await RespConnection.OpenAsync(address, time, cancellation));
            if (await MissingAsync(commands, track.Key, after, cancellation) is { } missing)
                return new FetchResult(0, missing);
            var bytes = 0L;
            await foreach (var message in MessagesAsync(commands, track, log, after, before, cancellation))
            {
                bytes += message.Payload.Length;
                if (given == limits.Messages || bytes > limits.Bytes)
                    return new FetchResult(given, GapReason.TooMany);
                each(message);
                given++;
            }

            // What was not removed until now was not removed while it was read.
            return new FetchResult(given, await MissingAsync(commands, track.Key, after, cancellation));
        }
        catch (Exception e) when (RespConnection.IsLoss(e))
        {
            await DropAsync();
            return new FetchResult(given, GapReason.SourceAway);
        }
        catch (OperationCanceledException)
        {
            // An answer that nobody read is still to come.
            await DropAsync();
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await DropAsync();
        _turn.Dispose();
    }

    /// <summary>Why entries behind the offset may be missing; null when it is sure that none is: the one at the offset is there, and Redis removes the oldest first.</summary>
    private static async Task<GapReason?> MissingAsync(StreamCommands commands, string key, long after, CancellationToken cancellation)
    {
        if (after > 0 && await commands.HasAsync(key, StreamId.Of(after), cancellation))
            return null;
        if (await commands.FactsAsync(key, cancellation) is not { } facts)
            return GapReason.EpochChanged;
        if (facts.First is { } first && first.TryOffset(out var offset) && offset == after + 1)
            return null;
        if (!facts.NothingRemoved)
            return GapReason.TooOld;
        return after > 0 ? GapReason.EpochChanged : null;
    }

    private static async IAsyncEnumerable<SourceMessage> MessagesAsync(
        StreamCommands commands, StreamTrack track, LogId log, long after, long before, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        while (after + 1 < before)
        {
            var entries = await commands.RangeAsync(track.Key, StreamId.Of(after + 1), StreamId.Of(before - 1), MostAtOnce, cancellation);
            foreach (var entry in entries)
            {
                if (!entry.Id.TryOffset(out after))
                    throw new IOException($"the id {entry.Id} is too large");
                if (entry.Payload is { } payload)
                    yield return track.Message(entry, payload, new Position(log, 0, after));
            }

            if (entries.Count < MostAtOnce)
                yield break;
        }
    }

    private async ValueTask DropAsync()
    {
        if (_connection is not { } connection)
            return;
        _connection = null;
        await connection.DisposeAsync();
    }
}
