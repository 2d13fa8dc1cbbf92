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
    private volatile bool _isLeaving;
    private ShardPresence? _presence;

    internal Node Node => node;

    /// <summary>Null while there is none.</summary>
    internal HandoverLink? Link => _link;

    /// <summary>What it said last; null while its line is down.</summary>
    internal ShardStatus? Status => _status;

    /// <summary>The gateway is about to stop it: that its line goes down is no news then.</summary>
    internal void Leave() => _isLeaving = true;

    /// <summary>Hands a client over.</summary>
    /// <returns>Null, or why the shard did not take it: then the client is still ours.</returns>
    /// <exception cref="OperationCanceledException">The attempt is over; should the shard have taken the client, it lets it go again.</exception>
    internal async Task<string?> TakeAsync(HandedConnection connection, TakeOrder order, Socket socket, CancellationToken cancellation)
    {
        lock (_gate)
            _held.Add(order.Attempt, connection);
        if (!_link.Say(ShardFrame.Take, order, ShardJson.Default.TakeOrder, socket))
        {
            Forget(order.Attempt);
            return "its line is down";
        }

        connection.Ordered();
        try
        {
            return await connection.Taken.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            connection.End(new Ending(EndReasons.ClientGaveUp), TimeSpan.Zero);
            throw;
        }
    }

    public void Opened(HandoverLink link)
    {
        _link = link;
        _presence = new ShardPresence(desk.Presence, node.Name, news => link.Say(ShardFrame.PresenceNews, news, PresenceJson.Default.IReadOnlyListPresenceNews));
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
            case ShardFrame.PresenceNote:
                _presence!.Received(ShardLine.Read(frame.Payload, PresenceJson.Default.PresenceNote));
                break;
            case ShardFrame.Status:
                _status = ShardLine.Read(frame.Payload, ShardJson.Default.ShardStatus);
                Judge(_status);
                break;
        }
    }

    public void Closed(HandoverLink link, string reason)
    {
        desk.Published.Remove(this);
        _presence?.Close();
        _link = null;
        _status = null;
        if (_isLeaving)
        {
            log.ShardLeft(node.Name, reason);
        }
        else
        {
            pool.SetAway(node, $"its line is down: {reason}");
            log.ShardAway(node.Name, reason);
        }

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
