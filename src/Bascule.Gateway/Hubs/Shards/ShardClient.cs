using System.Net.Sockets;
using Bascule.Backends;
using Bascule.Hub;
using Bascule.Model;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>One shard, as the gateway sees it: takes clients with their sockets, gets what is published here, says how it is and how each connection ended.</summary>
internal sealed class ShardClient(Pool pool, Node node, ShardDesk desk, ILogger log) : IHandoverReceiver, IMessageSink
{
    // Of the largest messages, a quarter of what a frame may hold.
    private const int MessagesInFrame = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, HandedConnection> _held = new(StringComparer.Ordinal);
    private volatile HandoverLink? _link;
    private volatile ShardStatus? _status;
    private long _heard;

    internal Node Node => node;

    /// <summary>Null while there is none.</summary>
    internal HandoverLink? Link => _link;

    /// <summary>What it said last; null while its line is down.</summary>
    internal ShardStatus? Status => _status;

    /// <summary>Frames that came so far and were done with: a shard that hangs sends none.</summary>
    internal long Heard => Volatile.Read(ref _heard);

    /// <summary>Hands a client over. Where the shard did not answer, the socket is cut: it may have it, or get it when it goes on, and must not speak to a client that was told something else.</summary>
    /// <exception cref="OperationCanceledException">The attempt is over, and the socket is cut.</exception>
    internal async Task<TakeOutcome> TakeAsync(HandedConnection connection, TakeOrder order, Socket socket, CancellationToken cancellation)
    {
        lock (_gate)
            _held.Add(order.Attempt, connection);
        if (!_link.Say(ShardFrame.Take, order, ShardJson.Default.TakeOrder, socket))
        {
            Forget(order.Attempt);
            return new TakeOutcome("its line is down");
        }

        connection.Ordered();
        try
        {
            var outcome = await connection.Taken.WaitAsync(cancellation);
            if (outcome.Cut is not null)
                SocketRelease.Cut(socket);
            return outcome;
        }
        catch (OperationCanceledException)
        {
            SocketRelease.Cut(socket);
            connection.End(new Ending(EndReasons.ClientGaveUp), TimeSpan.Zero);
            throw;
        }
    }

    /// <summary>It gets no more clients until it speaks again. Those that it was to take end now, since they wait for an answer; the others stay.</summary>
    internal void FellSilent(string why)
    {
        if (_link is null)
            return;
        if (node.State.Condition != NodeCondition.Failing)
            log.ShardAway(node.Name, why);
        pool.SetAway(node, why);
        List<HandedConnection> held;
        lock (_gate)
            held = [.. _held.Values];
        foreach (var connection in held.Where(connection => connection.TryGiveUp($"{node.Name} does not answer: {why}")))
            Forget(connection.Attempt);
    }

    public void Opened(HandoverLink link)
    {
        _link = link;
        // Begin and Append come to this sink within the call: all that is remembered, then what comes.
        desk.Published.Add(this);
    }

    public void Received(HandoverLink link, HandoverFrame frame)
    {
        // Shards send no descriptors.
        frame.Descriptor?.Dispose();
        switch (frame.Kind)
        {
            case ShardFrame.Taken:
                var taken = ShardLine.Read(frame.Payload, ShardJson.Default.TakenNote);
                (taken.Fault is null ? Find(taken.Attempt) : Forget(taken.Attempt))?.Answered(taken.Fault);
                break;
            case ShardFrame.Ended:
                var ended = ShardLine.Read(frame.Payload, ShardJson.Default.EndedNote);
                Forget(ended.Attempt)?.Over(ended);
                break;
            case ShardFrame.Ask:
                desk.Answer(link, ShardLine.Read(frame.Payload, ShardJson.Default.ShardQuestion));
                break;
            case ShardFrame.Status:
                _status = ShardLine.Read(frame.Payload, ShardJson.Default.ShardStatus);
                Judge(_status);
                break;
        }

        Interlocked.Increment(ref _heard);
    }

    public void Closed(HandoverLink link, string reason)
    {
        desk.Published.Remove(this);
        _link = null;
        _status = null;
        pool.SetAway(node, $"its line is down: {reason}");
        log.ShardAway(node.Name, reason);
        List<HandedConnection> lost;
        lock (_gate)
        {
            lost = [.. _held.Values];
            _held.Clear();
        }

        foreach (var connection in lost)
            connection.Lost($"the line to {node.Name} is down: {reason}");
    }

    public void Begin(SourceLog log) => _link.Say(ShardFrame.Log, new LogOrder(log.Id.Value, log.Name, log.From[0]), ShardJson.Default.LogOrder);

    public void Append(ReadOnlySpan<SourceMessage> batch)
    {
        for (; batch.Length > MessagesInFrame; batch = batch[MessagesInFrame..])
            _link.Say(ShardFrame.Messages, MessageFrames.Write(batch[..MessagesInFrame]));
        _link.Say(ShardFrame.Messages, MessageFrames.Write(batch));
    }

    // The local log has neither holes nor an end, and is always there.
    public void Advance(LogId log, int partition, long offset)
    {
    }

    public void End(LogId log, GapReason why)
    {
    }

    public void Report(SourceState state)
    {
    }

    private void Judge(ShardStatus status)
    {
        var late = status.Sources.FirstOrDefault(source => !source.IsCaughtUp);
        var wasAway = node.State.Condition == NodeCondition.Failing;
        pool.SetAway(node, late is null ? null : $"it has not read {late.Name} up to now yet{(late.Trouble is null ? "" : $": {late.Trouble}")}");
        if (wasAway && late is null)
            log.ShardUp(node.Name);
    }

    private HandedConnection? Find(string attempt)
    {
        lock (_gate)
            return _held.GetValueOrDefault(attempt);
    }

    private HandedConnection? Forget(string attempt)
    {
        lock (_gate)
            return _held.Remove(attempt, out var connection) ? connection : null;
    }
}
