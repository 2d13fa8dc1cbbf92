namespace Bascule.Diagnostics;

/// <summary>Both ends of one WebSocket through what is tested.</summary>
internal sealed record ThroughPair(RawPeer Client, BackendCall Call, PeerClock Clock, Func<Task> Forget) : IAsyncDisposable
{
    internal RawPeer Backend => Call.Peer;

    internal RawPeer From(Way way) => way == Way.Up ? Client : Backend;

    internal RawPeer To(Way way) => way == Way.Up ? Backend : Client;

    /// <summary>Sends while the other end reads one message: neither waits for room that the other would make.</summary>
    internal async Task<MessageSeen> PassAsync(Way way, ReadOnlyMemory<byte> bytes, CancellationToken interruption)
    {
        var sending = From(way).SendAsync(bytes, interruption);
        var seen = await To(way).ReadMessageAsync(interruption);
        // What was not taken while the other end read is no loss: its fault is in what was seen.
        if (seen.IsWhole)
            await sending;
        return seen;
    }

    internal Task<MessageSeen> PassAsync(Way way, IEnumerable<RawFrame> frames, CancellationToken interruption) =>
        PassAsync(way, frames.SelectMany(f => f.ToBytes(asClient: way == Way.Up)).ToArray(), interruption);

    /// <summary>The next frame at either end, looked for in turns until the limit of a step is over.</summary>
    internal async Task<(RawPeer? At, FrameSeen? Frame)> FirstAsync(RawPeer one, RawPeer other, CancellationToken interruption)
    {
        var start = Clock.Time.GetTimestamp();
        while (Clock.Time.GetElapsedTime(start) < Clock.StepLimit)
        {
            foreach (var peer in (RawPeer[])[one, other])
            {
                if ((await peer.ReadAsync(ThroughStage.Quiet, interruption)).Frame is { } frame)
                    return (peer, frame);
            }
        }

        return (null, null);
    }

    /// <summary>A whole close handshake that the client begins, so that the end of a case is no fault of anyone.</summary>
    internal async Task LeaveAsync(CancellationToken interruption)
    {
        await Client.SendAsync(RawFrame.Close(1000), interruption);
        await Backend.ReadUntilCloseAsync(interruption);
        await Backend.SendAsync(RawFrame.Close(1000), interruption);
        Backend.HalfClose();
        await Client.ReadUntilCloseAsync(interruption);
    }

    /// <summary>The client first: a back end that goes before its client counts as one that failed.</summary>
    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Forget();
        await Call.LeaveAsync();
    }
}
