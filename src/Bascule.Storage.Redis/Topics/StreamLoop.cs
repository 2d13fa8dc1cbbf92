using Bascule.Settings;

namespace Bascule.Storage.Redis;

/// <summary>Reads streams for one life of a connection after the other; what came in between is read afterwards.</summary>
internal sealed class StreamLoop(StorageAddress address, IReadOnlyList<StreamTrack> tracks, SourceHealth health, TimeProvider time)
{
    // Of each stream in one answer: few enough for the lock of the hub, many enough to catch up with some ten thousands a second.
    private const int MostAtOnce = 512;

    // How long Redis lets a read wait, and how soon a deleted stream is noticed.
    private static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(2);

    /// <summary>Ends with the connection, by an exception.</summary>
    internal async Task LiveAsync(CancellationToken cancellation)
    {
        await using var connection = await RespConnection.OpenAsync(address, time, cancellation);
        var commands = new StreamCommands(connection);
        foreach (var track in tracks)
            await track.ConnectAsync(commands, cancellation);
        var (isCaughtUp, checkedAt) = (false, time.GetTimestamp());
        while (true)
        {
            // 1. Which can be read, and whether they are still what they were.
            var isDue = time.GetElapsedTime(checkedAt) >= CheckEvery;
            foreach (var track in tracks.Where(t => isDue || t.IsBehind))
                await track.CheckAsync(commands, cancellation);
            checkedAt = isDue ? time.GetTimestamp() : checkedAt;
            Tell(isCaughtUp);

            // 2. What is new. The first reads do not wait: there may be nothing new, and clients wait until that is known.
            var readable = tracks.Where(t => t.Trouble is null).ToArray();
            if (readable.Length == 0)
            {
                isCaughtUp = true;
                Tell(isCaughtUp);
                await Task.Delay(CheckEvery, time, cancellation);
                continue;
            }

            var read = await commands.ReadAsync([.. readable.Select(t => (t.Key, t.At))], MostAtOnce, isCaughtUp ? CheckEvery : null, cancellation);
            foreach (var track in readable)
                track.Take(read.FirstOrDefault(r => r.Key == track.Key).Entries ?? [], MostAtOnce);
            isCaughtUp |= !readable.Any(t => t.IsBehind);
        }
    }

    private void Tell(bool isCaughtUp)
    {
        if (tracks.Select(t => t.Trouble).FirstOrDefault(t => t is not null) is { } trouble)
            health.Fails(trouble, isCaughtUp);
        else
            health.Works(isCaughtUp);
    }
}
