using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Relay;

/// <summary>A client and a back end joined: two pumps, and the one procedure that ends them so that each side learns why.</summary>
public sealed class RelayConnection
{
    /// <summary>A write that lasts longer shows a peer that does not read; shorter ones are ordinary backpressure.</summary>
    private static readonly TimeSpan Blocked = TimeSpan.FromSeconds(1);

    private readonly RelaySide _client;
    private readonly RelaySide _backend;
    private readonly RelayPump _up;
    private readonly RelayPump _down;
    private readonly RelayTerms _terms;
    private readonly TimeProvider _time;
    private readonly AttemptId _attempt;
    private readonly long _startedAt;

    /// <summary>Why it ends, set by the first close frame that is seen or by <see cref="End"/>: the first one counts.</summary>
    private readonly TaskCompletionSource<Ending> _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _takenGate = new();
    private (DirectionCounts Up, DirectionCounts Down) _taken;

    /// <param name="reservedBits">Reserved bits that the negotiated extensions use.</param>
    public RelayConnection(RelayEndpoint client, RelayEndpoint backend, byte reservedBits, RelayTerms terms, AttemptId attempt, TimeProvider time)
    {
        _client = new RelaySide(client, isClient: true, reservedBits, RelayPump.WholeLimitBytes, time);
        _backend = new RelaySide(backend, isClient: false, reservedBits, RelayPump.WholeLimitBytes, time);
        _up = new RelayPump(_client, _backend, CloseSeen);
        _down = new RelayPump(_backend, _client, CloseSeen);
        _terms = terms;
        _attempt = attempt;
        _time = time;
        _startedAt = time.GetTimestamp();
    }

    public RelayFacts Facts => new(FactsOf(_client, _backend), FactsOf(_backend, _client));

    /// <summary>Ends the connection with close frames to both sides. The first ending counts.</summary>
    public void End(Ending ending) => _over.TrySetResult(ending);

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
        await Task.WhenAny(up, down, _over.Task);
        if (up.IsFaulted || down.IsFaulted)
        {
            // A defect of ours: neither pump outlives it.
            Cut();
            await Task.WhenAll(up, down);
        }

        var ending = _over.Task.IsCompleted ? await _over.Task
            : up.IsCompleted ? EndingOf(_up, await up, _client, _backend)
            : EndingOf(_down, await down, _backend, _client);
        var facts = Facts;
        var (code, text) = Tell(ending);
        await FinishAsync(up, down);
        return new RelayOutcome(ending, code, text, WithFinalCounts(facts));
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
        if (side.Paused || side.CloseSeen is not null)
            return;
        var heard = Math.Max(side.LastByteAt, side.ResumedAt);
        if (_time.GetElapsedTime(heard) < _terms.Heartbeat.Interval)
            return;

        // Inside a frame no ping can be sent, so the side was not asked: there, only a write that does not end is a sign of death.
        var silence = _time.GetElapsedTime(Math.Max(heard, side.Writer.InsideFrameAt));
        if (silence >= _terms.Heartbeat.Timeout && (side.Writer.Busy || !side.Writer.MidFrame))
            End(new Ending(lost, $"silent for {Words(silence)} in spite of pings; the limit is {Words(_terms.Heartbeat.Timeout)}"));
        else
            side.Ping(_terms.Heartbeat.Interval);
    }

    private void CloseSeen(RelaySide side)
    {
        var close = side.CloseSeen!;
        End(new Ending(side.IsClient ? EndReasons.ClientClosed : EndReasons.BackendClosed, CloseWords(close.Code, close.Reason)));
    }

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
            return (_client.CloseSeen!.Code, _client.CloseSeen.Reason);
        if (reason == EndReasons.BackendClosed)
            return (_backend.CloseSeen!.Code, _backend.CloseSeen.Reason);

        var text = reason.CloseText(_attempt);
        var code = reason == EndReasons.Draining && !_terms.SpeaksBascule ? CloseCodes.GoingAway : reason.Code;
        // Both first: the answer of one side must not reach the other one in place of our own frame.
        _client.Writer.KeepForClose();
        _backend.Writer.KeepForClose();
        _client.PostClose(code, text);
        _backend.PostClose(reason == EndReasons.BackendProtocolError ? CloseCodes.ProtocolError : CloseCodes.GoingAway, text);
        return (code, text);
    }

    private async Task FinishAsync(Task<PumpEnd> up, Task<PumpEnd> down)
    {
        // 1. Each side answers its close frame, or ends. One that is inside a frame whose rest will never come cannot be told: it is cut.
        if (down.IsCompleted && _client.Writer.MidFrame)
            _client.Endpoint.Abort();
        if (up.IsCompleted && _backend.Writer.MidFrame)
            _backend.Endpoint.Abort();
        var clientLeft = LeaveAsync(_client, up);
        var backendLeft = LeaveAsync(_backend, down);
        await WithinDeadlineAsync(Task.WhenAll(up, down));

        // 2. The side that closed first gets an answer even when the other one gave none; who could answer and did not is cut.
        Answer(_client, _backend);
        Answer(_backend, _client);
        _client.Writer.Shut();
        _backend.Writer.Shut();
        if (!up.IsCompleted && !_client.Paused)
            _client.Endpoint.Abort();
        if (!down.IsCompleted && !_backend.Paused)
            _backend.Endpoint.Abort();

        // 3. The sides finish too.
        var left = Task.WhenAll(clientLeft, backendLeft);
        await WithinDeadlineAsync(left);

        // 4. What is left is cut, and every task awaited.
        LetGo(_client, clientLeft);
        LetGo(_backend, backendLeft);
        await left;
    }

    private static void Answer(RelaySide side, RelaySide other)
    {
        if (side.CloseSeen is { } close && other.CloseSeen is null)
            side.PostClose(close.Code, close.Reason);
    }

    /// <summary>When both close frames have passed: FIN, then the other side's FIN, so that no reset destroys bytes on their way.</summary>
    /// <param name="reading">The pump that reads this side.</param>
    private static async Task LeaveAsync(RelaySide side, Task reading)
    {
        await reading;
        await side.Writer.ClosedAsync();
        if (!side.Endpoint.IsOurs || side.Endpoint.Stream is SocketStream { Failure: not SocketError.Success })
            return;
        var rest = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            if (side.Endpoint.Stream is SslStream tls)
                await tls.ShutdownAsync();
            side.Endpoint.Socket?.Shutdown(SocketShutdown.Send);
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
            ArrayPool<byte>.Shared.Return(rest);
        }
    }

    /// <summary>A stream that is not ours is closed by its owner: cutting it would destroy what is on its way.</summary>
    private static void LetGo(RelaySide side, Task left)
    {
        if (side.Endpoint.IsOurs || !left.IsCompleted)
            side.Endpoint.Abort();
    }

    private void Cut()
    {
        _client.Endpoint.Abort();
        _backend.Endpoint.Abort();
    }

    private async Task WithinDeadlineAsync(Task task)
    {
        if (task.IsCompleted)
            return;
        using var done = new CancellationTokenSource();
        await Task.WhenAny(task, Task.Delay(_terms.CloseDeadline, _time, done.Token));
        await done.CancelAsync();
    }

    private SideFacts FactsOf(RelaySide side, RelaySide other) => new(
        _time.GetElapsedTime(side.LastByteAt),
        side.Counts,
        side.PingRoundTrip,
        other.Paused && _time.GetElapsedTime(other.PausedAt) >= Blocked,
        side.Writer.MidFrame);

    /// <summary>The rest as it was when the ending was known; what still passed while the sides closed counts too.</summary>
    private RelayFacts WithFinalCounts(RelayFacts facts) =>
        new(facts.Client with { Received = _client.Counts }, facts.Backend with { Received = _backend.Counts });

    private static string CloseWords(int code, string reason) =>
        code == 0 ? "without a code" : reason.Length == 0 ? $"with code {code}" : $"with code {code} \"{reason}\"";

    private static string LostWords(string doing, Exception? cause) => cause is null
        ? "the connection ended without a close frame"
        : $"{doing} failed: {(cause.GetBaseException() is SocketException s ? s.SocketErrorCode.ToString() : cause.GetBaseException().Message)}";

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static string Words(TimeSpan span) => $"{span.TotalSeconds:0.#} s";
}
