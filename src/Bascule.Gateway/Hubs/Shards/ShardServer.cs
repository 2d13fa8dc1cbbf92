using System.Collections.Concurrent;
using System.Net.Sockets;
using Bascule.Hub;
using Bascule.Model;
using Bascule.Relay;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>The shard's end of the lines: takes clients with their sockets, serves them, and tells the gateway that handed them over how they ended.</summary>
internal sealed class ShardServer(TopicHub topics, HubServing serving, ResumeTokens resumes, int slots, TimeProvider time, ILogger log) : IHandoverReceiver
{
    private readonly ConcurrentDictionary<string, ShardConnection> _open = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<HandoverLink, ShardQuestions> _lines = new();
    private readonly ConcurrentDictionary<HandoverLink, PresenceLine> _presences = new();
    private int _taken;

    internal int Connections => Volatile.Read(ref _taken);

    /// <summary>Says how the shard is, once a second and at once to a gateway that is new.</summary>
    internal required Func<ShardStatus> Status { get; init; }

    internal void TellStatus()
    {
        var status = Status();
        foreach (var link in _lines.Keys)
            link.Say(ShardFrame.Status, status, ShardJson.Default.ShardStatus);
    }

    /// <summary>Asks all clients to leave.</summary>
    internal void EndAll(Ending ending)
    {
        foreach (var connection in _open.Values)
            connection.Hub.End(ending);
    }

    public void Opened(HandoverLink link)
    {
        _lines[link] = new ShardQuestions(link);
        _presences[link] = new PresenceLine(serving, note => link.Say(ShardFrame.PresenceNote, note, PresenceJson.Default.PresenceNote), time);
        link.Say(ShardFrame.Status, Status(), ShardJson.Default.ShardStatus);
    }

    public void Received(HandoverLink link, HandoverFrame frame)
    {
        try
        {
            Do(link, frame);
        }
        catch
        {
            // The line ends for it; nobody else closes a socket that came with it.
            frame.Descriptor?.Dispose();
            throw;
        }
    }

    private void Do(HandoverLink link, HandoverFrame frame)
    {
        // Only clients come with a socket.
        if (frame.Kind != ShardFrame.Take)
            frame.Descriptor?.Dispose();
        switch (frame.Kind)
        {
            case ShardFrame.Take:
                Take(link, frame);
                break;
            case ShardFrame.Leave:
                Leave(ShardLine.Read(frame.Payload, ShardJson.Default.LeaveOrder));
                break;
            case ShardFrame.Answer:
                _lines[link].Answered(ShardLine.Read(frame.Payload, ShardJson.Default.ShardAnswer));
                break;
            case ShardFrame.Renew:
                var renewed = ShardLine.Read(frame.Payload, ShardJson.Default.RenewOrder);
                Find(renewed.Attempt)?.Hub.Renew(renewed.ExpiresAt, new HubRights(renewed.Read, renewed.Write).ToGrants());
                break;
            case ShardFrame.Log:
                var begun = ShardLine.Read(frame.Payload, ShardJson.Default.LogOrder);
                topics.Begin(new SourceLog(new LogId(begun.Log), begun.Name, "*", new Dictionary<int, long> { [0] = begun.From }) { IsFallback = true });
                break;
            case ShardFrame.PresenceNews:
                _presences[link].Table.Take(ShardLine.Read(frame.Payload, PresenceJson.Default.IReadOnlyListPresenceNews));
                break;
            case ShardFrame.Messages:
                topics.Append(MessageFrames.Read(frame.Payload).ToArray());
                break;
            default:
                link.Close(ShardLine.UnknownKind(frame.Kind));
                break;
        }
    }

    public void Closed(HandoverLink link, string reason)
    {
        if (_lines.TryRemove(link, out var questions))
            questions.Close(reason);
        if (_presences.TryRemove(link, out var presence))
            presence.Dispose();
        foreach (var connection in _open.Values.Where(connection => connection.Link == link))
            connection.Hub.End(new Ending(EndReasons.Draining, $"the gateway is gone: {reason}"));
    }

    private ShardConnection? Find(string attempt) => _open.GetValueOrDefault(attempt);

    private void Take(HandoverLink link, HandoverFrame frame)
    {
        var order = ShardLine.Read(frame.Payload, ShardJson.Default.TakeOrder);
        var fault = frame.DescriptorLost ? "it has no free descriptor"
            : frame.Descriptor is null ? "no socket came with the order"
            : Volatile.Read(ref _taken) >= slots ? $"all {slots} slots are taken" : null;
        if (fault is not null)
            frame.Descriptor?.Dispose();
        // Said before the client is served, whose end may come at once: the gateway hears of it after this.
        link.Say(ShardFrame.Taken, new TakenNote(order.Attempt, fault), ShardJson.Default.TakenNote);
        if (fault is not null)
            return;
        Interlocked.Increment(ref _taken);
        // Owned by the shard: it ends with the connection, whose end is told.
        _ = ServeAsync(link, order, new Socket(frame.Descriptor!));
    }

    private void Leave(LeaveOrder order)
    {
        if (Find(order.Attempt) is not { } connection)
            return;
        var ending = new Ending(HubStage.ReasonOf(order.Reason), order.Detail, order.Facts);
        if (order.Code is { } code)
            connection.Hub.EndWith(ending, code, order.Words ?? "");
        else
            connection.Hub.End(ending, TimeSpan.FromMilliseconds(order.ComeBackMs));
    }

    /// <summary>Never throws: whatever happens, the gateway hears of the end and the slot is free.</summary>
    private async Task ServeAsync(HandoverLink link, TakeOrder order, Socket socket)
    {
        var stream = new SocketStream(socket);
        EndedNote note;
        try
        {
            var door = new ShardDoor(order, resumes, _lines[link]);
            var hub = serving.Open(new HubClient(stream, stream.Dispose, socket), HubStage.TermsOf(order), door, _presences[link].Table);
            _open[order.Attempt] = new ShardConnection(link, hub);
            // Off the line's thread: what follows waits for the client.
            await Task.Yield();
            await stream.WriteAsync(order.Head);
            note = NoteOf(order.Attempt, await hub.RunAsync());
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            note = Note(order.Attempt, new Ending(EndReasons.ClientLost, $"it broke while it was being answered: {e.Message}"));
        }
        catch (Exception e)
        {
            log.HandedConnectionFailed(order.Attempt, e);
            note = Note(order.Attempt, new Ending(EndReasons.GatewayFault, e.GetType().Name));
        }
        finally
        {
            _open.TryRemove(order.Attempt, out _);
            Interlocked.Decrement(ref _taken);
            await stream.DisposeAsync();
        }

        link.Say(ShardFrame.Ended, note, ShardJson.Default.EndedNote);
    }

    private EndedNote NoteOf(string attempt, HubEnd end) => new(
        attempt, end.Ending.Reason.Label, end.Ending.Detail, end.Ending.Facts, end.CloseCode, end.CloseReason, end.Facts.Counts.MessagesIn, end.Facts.Counts.MessagesOut,
        end.Facts.Counts.BytesIn, end.Facts.Counts.BytesOut, time.GetUtcNow() - end.Facts.Silence, end.Facts.PingRoundTrip?.TotalMilliseconds);

    private static EndedNote Note(string attempt, Ending ending) => new(attempt, ending.Reason.Label, ending.Detail, null, 0, "", 0, 0, 0, 0, null, null);

    private sealed record ShardConnection(HandoverLink Link, HubConnection Hub);
}
