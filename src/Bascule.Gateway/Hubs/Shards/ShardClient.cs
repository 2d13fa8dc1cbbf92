using System.Net.Sockets;
using Bascule.Backends;
using Bascule.Model;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>One shard, as the gateway sees it: takes clients with their sockets, gets what is published here, says how it is and how each connection ended.</summary>
internal sealed class ShardClient(Pool pool, Node node, ShardDesk desk, ILogger log) : IHandoverReceiver
{
    private readonly Lock _gate = new();
    private readonly Lock _judging = new();
    private readonly Dictionary<string, HandedConnection> _held = new(StringComparer.Ordinal);
    private volatile HandoverLink? _link;
    private volatile ShardFeed? _feed;
    private volatile ShardStatus? _status;
    private volatile bool _isLeaving;
    private ShardPresence? _presence;
    private long _heard;

    internal Node Node => node;

    /// <summary>Null while there is none.</summary>
    internal HandoverLink? Link => _link;

    /// <summary>What it said last; null while its line is down.</summary>
    internal ShardStatus? Status => _status;

    /// <summary>The gateway is about to stop it: that its line goes down is no news then.</summary>
    internal void Leave() => _isLeaving = true;

    /// <summary>Frames that came so far and were done with: a shard that hangs sends none.</summary>
    internal long Heard => Volatile.Read(ref _heard);

    /// <summary>Hands a client over. Where the shard did not answer, the socket is cut: it may have it, or get it when it goes on, and must not speak to a client that was told something else.</summary>
    /// <exception cref="OperationCanceledException">The attempt is over, and the socket is cut.</exception>
    internal async Task<TakeOutcome> TakeAsync(HandedConnection connection, TakeOrder order, Socket socket, CancellationToken cancellation)
    {
        lock (_gate)
            _held.Add(order.Attempt, connection);
        var sent = _link?.Send(ShardFrame.Take, ShardLine.Write(order, ShardJson.Default.TakeOrder), socket.SafeHandle) ?? HandoverSend.Closed;
        if (sent != HandoverSend.Queued)
        {
            // It is not on its way, so it may be another shard's.
            Forget(order.Attempt);
            return new TakeOutcome(sent switch
            {
                HandoverSend.Full => "too many clients and orders wait for it",
                HandoverSend.NoDescriptor => "this gateway has no free descriptor to send it with",
                _ => "its line is down",
            });
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
        _feed?.Retarget();
        List<HandedConnection> held;
        lock (_gate)
            held = [.. _held.Values];
        foreach (var connection in held.Where(connection => connection.TryGiveUp($"{node.Name} does not answer: {why}")))
            Forget(connection.Attempt);
    }

    public void Opened(HandoverLink link)
    {
        _link = link;
        _presence = new ShardPresence(desk.Presence, node.Name, news => link.Say(ShardFrame.PresenceNews, news, PresenceJson.Default.IReadOnlyListPresenceNews));
        _feed = new ShardFeed(link, desk.Published, node.Name, Judge, log);
        _feed.Start();
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
                Judge();
                break;
            default:
                link.Close(ShardLine.UnknownKind(frame.Kind));
                break;
        }

        Interlocked.Increment(ref _heard);
    }

    public void Closed(HandoverLink link, string reason)
    {
        _feed?.Stop();
        _presence?.Close();
        _link = null;
        lock (_judging)
        {
            _status = null;
            if (!_isLeaving)
                pool.SetAway(node, $"its line is down: {reason}");
        }

        if (_isLeaving)
            log.ShardLeft(node.Name, reason);
        else
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

    /// <summary>By what it said last, and what it was given; from the threads of both.</summary>
    private void Judge()
    {
        lock (_judging)
        {
            if (_status is not { } status)
                return;
            var late = status.Sources.FirstOrDefault(source => !source.IsCaughtUp);
            var wasAway = node.State.Condition == NodeCondition.Failing;
            var why = late is not null ? $"it has not read {late.Name} up to now yet{(late.Trouble is null ? "" : $": {late.Trouble}")}"
                : _feed is { IsCaughtUp: false } ? "it has not read up to now yet what was published here" : null;
            pool.SetAway(node, why);
            if (wasAway && why is null)
                log.ShardUp(node.Name);
        }
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
