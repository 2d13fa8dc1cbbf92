using System.Text;
using Bascule.Hub;
using Bascule.Settings;

namespace Bascule.Storage.Redis;

/// <summary>Reads pub/sub channels for one life of a connection after the other. Redis forgets what it could not deliver, so each life has logs of its own, and readers get a gap between them.</summary>
internal sealed class ChannelLoop(StorageAddress address, IReadOnlyList<string> channels, IMessageSink sink, SourceHealth health, TimeProvider time)
{
    // Appended at once at most: what waits in the socket is bounded anyway, and the lock of the hub is held for so many.
    private const int MostAtOnce = 256;

    // An answer to one of three pings is enough, as for clients.
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(15);

    private readonly Dictionary<string, ChannelLog> _logs = new(StringComparer.Ordinal);
    private readonly List<SourceMessage> _batch = new(MostAtOnce);
    private long _heard;

    /// <summary>Ends with the connection, by an exception.</summary>
    internal async Task LiveAsync(CancellationToken cancellation)
    {
        await using var connection = await RespConnection.OpenAsync(address, time, cancellation);
        await SubscribeAsync(connection, "SUBSCRIBE", [.. channels.Where(c => !c.EndsWith('*'))], cancellation);
        await SubscribeAsync(connection, "PSUBSCRIBE", [.. channels.Where(c => c.EndsWith('*'))], cancellation);
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Volatile.Write(ref _heard, time.GetTimestamp());
        var pings = PingAsync(connection, life);
        try
        {
            await ReadAsync(connection, life.Token);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"it was silent for {LongestSilence.TotalSeconds:0} s", e);
        }
        finally
        {
            // What came whole is given, whatever ended the life.
            Flush();
            await life.CancelAsync();
            await pings;
        }
    }

    private static Task SubscribeAsync(RespConnection connection, string command, string[] names, CancellationToken cancellation) =>
        names.Length == 0 ? Task.CompletedTask : connection.SendAsync(cancellation, [command, .. names]);

    private async Task ReadAsync(RespConnection connection, CancellationToken cancellation)
    {
        var confirmed = 0;
        while (true)
        {
            var read = connection.ReadAsync(cancellation);
            if (!read.IsCompleted || _batch.Count == MostAtOnce)
                Flush();
            var push = await read;
            Volatile.Write(ref _heard, time.GetTimestamp());
            if (push is RedisRefusedException refusal)
                throw refusal;
            if (push is not object?[] parts)
                continue;
            switch (Text(parts[0]))
            {
                case "message":
                    Take(Text(parts[1]), Text(parts[1]), (byte[])parts[2]!);
                    break;
                case "pmessage":
                    Take(Text(parts[1]), Text(parts[2]), (byte[])parts[3]!);
                    break;
                case "subscribe" or "psubscribe":
                    Begin(Text(parts[1]));
                    if (++confirmed == channels.Count)
                        health.Works(isCaughtUp: true);
                    break;
            }
        }
    }

    /// <summary>From here on nothing is missed. The log before ends only now, so that whoever asks anew because of the gap misses nothing either.</summary>
    private void Begin(string channel)
    {
        Flush();
        if (_logs.TryGetValue(channel, out var before))
            sink.End(before.Id, GapReason.SourceAway);
        var log = _logs[channel] = new ChannelLog(LogId.Of($"redis-channel:{channel}:{Guid.NewGuid():n}"));
        sink.Begin(new SourceLog(log.Id, $"redis channel {channel}", channel, new Dictionary<int, long> { [0] = 1 }));
    }

    private void Take(string channel, string topic, byte[] payload)
    {
        var log = _logs[channel];
        _batch.Add(new SourceMessage(topic, null, payload, new Position(log.Id, 0, ++log.Offset), time.GetUtcNow()));
    }

    private void Flush()
    {
        if (_batch.Count == 0)
            return;
        sink.Append(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_batch));
        _batch.Clear();
    }

    private async Task PingAsync(RespConnection connection, CancellationTokenSource life)
    {
        using var timer = new PeriodicTimer(PingEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(life.Token))
            {
                if (time.GetElapsedTime(Volatile.Read(ref _heard)) >= LongestSilence)
                    await life.CancelAsync();
                else
                    await connection.SendAsync(life.Token, "PING");
            }
        }
        catch (Exception e) when (e is OperationCanceledException || RespConnection.IsLoss(e))
        {
            // The reader of the same connection learns it by itself, and tells.
        }
    }

    private static string Text(object? value) => value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : "";

    private sealed class ChannelLog(LogId id)
    {
        internal LogId Id { get; } = id;

        internal long Offset { get; set; }
    }
}
