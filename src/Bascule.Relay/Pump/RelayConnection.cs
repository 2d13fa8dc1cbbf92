using System.Net.Sockets;
using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Relay;

/// <summary>A client and a back end joined: two pumps, and the one procedure that ends them so that each side learns why.</summary>
public sealed class RelayConnection
{
    private readonly RelaySide _client;
    private readonly RelaySide _backend;
    private readonly RelayPump _up;
    private readonly RelayPump _down;
    private readonly RelayTerms _terms;
    private readonly TimeProvider _time;
    private readonly AttemptId _attempt;
    private readonly long _startedAt;
    private readonly TaskCompletionSource<Ending> _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _takenGate = new();
    private (DirectionCounts Up, DirectionCounts Down) _taken;

    /// <param name="reservedBits">Reserved bits that the negotiated extensions use.</param>
    public RelayConnection(RelayEndpoint client, RelayEndpoint backend, byte reservedBits, RelayTerms terms, AttemptId attempt, TimeProvider time)
    {
        _client = new RelaySide(client, isClient: true, reservedBits, RelayPump.WholeLimitBytes, time);
        _backend = new RelaySide(backend, isClient: false, reservedBits, RelayPump.WholeLimitBytes, time);
        _up = new RelayPump(_client, _backend);
        _down = new RelayPump(_backend, _client);
        _terms = terms;
        _attempt = attempt;
        _time = time;
        _startedAt = time.GetTimestamp();
    }

    public RelayFacts Facts => new(FactsOf(_client), FactsOf(_backend));

    /// <summary>Ends the connection with close frames to both sides. The first ending counts.</summary>
    public void End(Ending ending) => _asked.TrySetResult(ending);

    /// <summary>What was carried since the last call, client to back end first. Each byte is told once, whoever asks.</summary>
    public (DirectionCounts Up, DirectionCounts Down) TakeTraffic()
    {
        lock (_takenGate)
        {
            var now = (Up: _client.Counts, Down: _backend.Counts);
            var delta = (now.Up - _taken.Up, now.Down - _taken.Down);
            _taken = now;
            return delta;
        }
    }

    /// <summary>Moves frames until a side ends or <see cref="End"/> is called; then tells both sides and waits for their answers, within the close deadline.</summary>
    public async Task<RelayOutcome> RunAsync()
    {
        var up = _up.RunAsync();
        var down = _down.RunAsync();
        await Task.WhenAny(up, down, _asked.Task);

        var ending = _asked.Task.IsCompleted ? await _asked.Task
            : _client.ClosedFirst ? ClosedBy(_client, EndReasons.ClientClosed)
            : _backend.ClosedFirst ? ClosedBy(_backend, EndReasons.BackendClosed)
            : up.IsCompleted ? EndingOf(_up, await up, _client, _backend)
            : EndingOf(_down, await down, _backend, _client);
        var facts = Facts;
        var (code, text) = Tell(ending);
        await FinishAsync(up, down);
        return new RelayOutcome(ending, code, text, facts);
    }

    /// <summary>Looks after the heartbeat and the limits of time. Called about every second; never waits.</summary>
    internal void Sweep(bool cleanup)
    {
        var heartbeat = _terms.Heartbeat;
        var age = _time.GetElapsedTime(_startedAt);
        var idle = Min(_time.GetElapsedTime(_client.LastMessageAt), _time.GetElapsedTime(_backend.LastMessageAt));
        var quiet = Min(_time.GetElapsedTime(_client.LastByteAt), _time.GetElapsedTime(_backend.LastByteAt));
        if (_terms.MaximumAge > TimeSpan.Zero && age >= _terms.MaximumAge)
            End(new Ending(EndReasons.MaximumAge, $"open for {Words(age)}; the limit is {Words(_terms.MaximumAge)}"));
        else if (_terms.Idle > TimeSpan.Zero && idle >= _terms.Idle)
            End(new Ending(EndReasons.Idle, $"no message for {Words(idle)}; the limit is {Words(_terms.Idle)}"));
        else if (cleanup && heartbeat.Stale > TimeSpan.Zero && quiet >= heartbeat.Stale)
            End(new Ending(EndReasons.Stale, $"no byte for {Words(quiet)}; the limit is {Words(heartbeat.Stale)}"));
        if (heartbeat.Interval == TimeSpan.Zero)
            return;
        Beat(_client, EndReasons.ClientHeartbeatLost);
        Beat(_backend, EndReasons.BackendHeartbeatLost);
    }

    private void Beat(RelaySide side, EndReason lost)
    {
        var silence = _time.GetElapsedTime(side.LastByteAt);
        if (side.Paused || side.CloseSeen is not null || silence < _terms.Heartbeat.Interval)
            return;
        if (silence >= _terms.Heartbeat.Timeout)
            End(new Ending(lost, $"silent for {Words(silence)} in spite of pings; the limit is {Words(_terms.Heartbeat.Timeout)}"));
        else
            side.Ping(_terms.Heartbeat.Interval);
    }

    private static Ending ClosedBy(RelaySide side, EndReason reason) => new(reason, CloseWords(side.CloseSeen!.Value.Code, side.CloseSeen!.Value.Reason));

    private static Ending EndingOf(RelayPump pump, PumpEnd end, RelaySide from, RelaySide to) => end switch
    {
        PumpEnd.SourceFault => new Ending(from.IsClient ? EndReasons.ClientProtocolError : EndReasons.BackendProtocolError, FrameFaults.Text(pump.Fault)),
        PumpEnd.DestinationLost => new Ending(to.IsClient ? EndReasons.ClientLost : EndReasons.BackendLost, LostWords("writing", pump.Cause)),
        _ => new Ending(from.IsClient ? EndReasons.ClientLost : EndReasons.BackendLost, LostWords("reading", pump.Cause)),
    };

    /// <summary>Sends the close frames that this ending asks for; returns what the client is told.</summary>
    private (int Code, string Text) Tell(Ending ending)
    {
        var reason = ending.Reason;
        if (reason == EndReasons.ClientClosed)
            return _client.CloseSeen!.Value;
        if (reason == EndReasons.BackendClosed)
            return _backend.CloseSeen!.Value;

        var text = reason.CloseText(_attempt);
        var code = reason == EndReasons.Draining && !_terms.SpeaksBascule ? CloseCodes.GoingAway : reason.Code;
        _client.PostClose(code, text);
        _backend.PostClose(reason == EndReasons.BackendProtocolError ? CloseCodes.ProtocolError : CloseCodes.GoingAway, text);
        return (code, text);
    }

    private async Task FinishAsync(Task<PumpEnd> up, Task<PumpEnd> down)
    {
        // 1. Each side answers its close frame, or ends.
        var pumps = Task.WhenAll(up, down);
        var cannotBeTold = (up.IsCompleted && _backend.Writer.MidFrame) || (down.IsCompleted && _client.Writer.MidFrame);
        if (!cannotBeTold)
            await WithinDeadlineAsync(pumps);

        // 2. The side that closed first gets an answer even when the other one gave none.
        Answer(_client, _backend);
        Answer(_backend, _client);
        await WithinDeadlineAsync(Task.WhenAll(_client.Writer.Posted, _backend.Writer.Posted));

        // 3. Bytes on their way are not destroyed by a reset: FIN first, then the other side's FIN, then the end of the socket.
        if (pumps.IsCompleted)
            await WithinDeadlineAsync(Task.WhenAll(LeaveAsync(_client), LeaveAsync(_backend)));

        // 4. What is left is cut, and every task awaited.
        _client.Endpoint.Abort();
        _backend.Endpoint.Abort();
        await pumps;
        await Task.WhenAll(_client.Writer.Posted, _backend.Writer.Posted);
    }

    private static void Answer(RelaySide side, RelaySide other)
    {
        if (side.CloseSeen is { } close && other.CloseSeen is null)
            side.PostClose(close.Code, close.Reason);
    }

    private static async Task LeaveAsync(RelaySide side)
    {
        if (side.Endpoint.Socket is not { } socket)
            return;
        var rest = System.Buffers.ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            if (side.Endpoint.Stream is System.Net.Security.SslStream tls)
                await tls.ShutdownAsync();
            socket.Shutdown(SocketShutdown.Send);
            while (await side.Endpoint.Stream.ReadAsync(rest) > 0)
            {
                // What comes after the close frame means nothing (RFC 6455 §5.5.1).
            }
        }
        catch (Exception e) when (RelaySide.IsConnectionFailure(e))
        {
            // The side is gone already; its ending is known, and nothing was left to say.
            return;
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(rest);
        }
    }

    private async Task WithinDeadlineAsync(Task task)
    {
        if (task.IsCompleted)
            return;
        using var done = new CancellationTokenSource();
        await Task.WhenAny(task, Task.Delay(_terms.CloseDeadline, _time, done.Token));
        await done.CancelAsync();
    }

    private SideFacts FactsOf(RelaySide side) =>
        new(_time.GetElapsedTime(side.LastByteAt), side.Counts, side.PingRoundTrip, side.Writer.Busy, side.Writer.MidFrame);

    private static string CloseWords(int code, string reason) =>
        code == 0 ? "without a code" : reason.Length == 0 ? $"with code {code}" : $"with code {code} \"{reason}\"";

    private static string LostWords(string doing, Exception? cause) => cause is null
        ? "the connection ended without a close frame"
        : $"{doing} failed: {(cause.GetBaseException() is SocketException s ? s.SocketErrorCode.ToString() : cause.GetBaseException().Message)}";

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static string Words(TimeSpan span) => $"{span.TotalSeconds:0.#} s";
}
