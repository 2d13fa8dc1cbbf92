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
    private readonly LifeWatch _watch;
    private readonly MessageLimiter? _limiter;
    private readonly RelayTerms _terms;
    private readonly TimeProvider _time;
    private readonly AttemptId _attempt;

    /// <summary>Why it ends, set by the first close frame that is seen or by <see cref="End"/>: the first one counts.</summary>
    private readonly TaskCompletionSource<Farewell> _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<RelayOutcome?> _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RelayOutcome? _outcome;
    private int _sidesToTell = 2;
    private readonly Lock _takenGate = new();
    private (DirectionCounts Up, DirectionCounts Down) _taken;

    /// <param name="reservedBits">Reserved bits that the negotiated extensions use.</param>
    public RelayConnection(RelayEndpoint client, RelayEndpoint backend, byte reservedBits, RelayTerms terms, AttemptId attempt, TimeProvider time)
    {
        _client = new RelaySide(client, isClient: true, reservedBits, RelayPump.WholeLimitBytes, time) { Tally = TallyOf(terms, fromClient: true) };
        _backend = new RelaySide(backend, isClient: false, reservedBits, RelayPump.WholeLimitBytes, time) { Tally = TallyOf(terms, fromClient: false) };
        _limiter = MessageLimiter.For(terms.Limits, terms.User, time);
        _up = new RelayPump(_client, _backend, CloseSeen, _limiter, _limiter is null ? null : Refuse);
        _down = new RelayPump(_backend, _client, CloseSeen);
        _watch = new LifeWatch(_client, _backend, terms, attempt, time);
        _terms = terms;
        _attempt = attempt;
        _time = time;
    }

    /// <summary>Read as it is at the moment, without waiting or allocating.</summary>
    public RelayFacts Facts
    {
        get
        {
            var (time, times) = _limiter?.Throttled ?? default;
            return new RelayFacts(FactsOf(_client, _backend), FactsOf(_backend, _client), _watch.Age, time, times);
        }
    }

    /// <summary>When the token of the connection expires; null: never.</summary>
    public DateTimeOffset? ExpiresAt => _watch.ExpiresAt;

    /// <summary>Both sides had their last word: close frames went both ways, or who gave none was given up. The back end holds nothing of the connection
    /// any more, though <see cref="RunAsync"/> may still wait for FIN. Completes at the end of that at the latest, with how it ended;
    /// null when that failed.</summary>
    public Task<RelayOutcome?> Told => _told.Task;

    /// <summary>Whether an operator's close frame may carry the code: 4000 to 4999, 1000, 1001 or 1008. Old clients break at 1012 to 1014.</summary>
    public static bool MayCloseWith(int code) =>
        code is CloseCodes.Normal or CloseCodes.GoingAway or CloseCodes.PolicyViolation or (>= 4000 and <= 4999);

    /// <summary>Ends the connection with close frames to both sides. The first ending counts.</summary>
    /// <param name="comeBackIn">When a client of our SDKs should connect again; told where it is asked to leave.</param>
    /// <param name="note">For the person at such a client.</param>
    public void End(Ending ending, TimeSpan? comeBackIn = null, string? note = null) => _over.TrySetResult(new Farewell(ending, comeBackIn, note));

    /// <summary>The same, with a close frame to the client in the words of an operator. The reason is cut to 123 bytes; an empty one gives the usual text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The code is not one that <see cref="MayCloseWith"/>.</exception>
    public void EndWith(Ending ending, int code, string reason)
    {
        if (!MayCloseWith(code))
            throw new ArgumentOutOfRangeException(nameof(code), code, "Give a code of 4000 to 4999, 1000, 1001 or 1008.");
        _over.TrySetResult(new Farewell(ending, Note: reason, OwnWords: (code, reason)));
    }

    /// <summary>The connection has a new token. The client is warned again before that one expires. Safe at any time, from any thread.</summary>
    /// <param name="until">Null: it never expires.</param>
    /// <returns>False, and nothing changes, when that is not later than now, or the connection is ending.</returns>
    public bool RenewUntil(DateTimeOffset? until)
    {
        if (until <= _time.GetUtcNow() || _over.Task.IsCompleted)
            return false;
        _watch.ExpiresAt = until;
        return true;
    }

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
        try
        {
            return await RelayAsync();
        }
        finally
        {
            _limiter?.Dispose();
            _told.TrySetResult(null);
        }
    }

    private async Task<RelayOutcome> RelayAsync()
    {
        var up = _up.RunAsync();
        var down = _down.RunAsync();
        await Task.WhenAny(up, down, _over.Task);
        if (up.IsFaulted || down.IsFaulted)
        {
            // A defect of ours: neither pump outlives it.
            _limiter?.Off();
            Cut();
            await Task.WhenAll(up, down);
        }

        var farewell = _over.Task.IsCompleted ? await _over.Task
            : new Farewell(up.IsCompleted ? EndingOf(_up, await up, _client, _backend) : EndingOf(_down, await down, _backend, _client));
        var facts = Facts;
        var (code, text) = Tell(farewell);
        // What is held back hears of the end too, and not before its way is closed: else all of it that was read would still pass.
        _limiter?.Off();
        _outcome = new RelayOutcome(farewell.Ending, code, text, facts);
        await FinishAsync(up, down);
        return _outcome with { Facts = WithFinalCounts(facts) };
    }

    /// <summary>Looks after the heartbeat and the limits of time. Called about every second; never waits.</summary>
    internal void Sweep(bool cleanup, Standstills still)
    {
        if (_watch.Look(cleanup, _limiter, still) is { } ending)
            End(ending);
    }

    private bool Refuse(Ending ending) => _over.TrySetResult(new Farewell(ending));

    private static MessageTally? TallyOf(RelayTerms terms, bool fromClient) => terms.OnMessage is { } tell ? new MessageTally(fromClient, tell) : null;

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
    private (int Code, string Text) Tell(Farewell farewell)
    {
        var reason = farewell.Ending.Reason;
        if (reason == EndReasons.ClientClosed)
            return (_client.CloseSeen!.Code, _client.CloseSeen.Reason);
        if (reason == EndReasons.BackendClosed)
            return (_backend.CloseSeen!.Code, _backend.CloseSeen.Reason);

        var text = farewell.TextFor(_attempt);
        var code = farewell.CodeFor(_terms.SpeaksBascule);
        // Both first: the answer of one side must not reach the other one in place of our own frame.
        _client.Writer.KeepForClose();
        _backend.Writer.KeepForClose();
        if (_terms.SpeaksBascule && farewell.HasGoodbye)
            _client.Writer.PostText(BasculeMessage.Goodbye(code, farewell));
        _client.PostClose(code, text);
        _backend.PostClose(reason == EndReasons.BackendProtocolError ? CloseCodes.ProtocolError : CloseCodes.GoingAway, reason.CloseText(_attempt, farewell.Ending.Facts));
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
        if (!up.IsCompleted && !_client.Paused && _client.CloseSeen is null)
            _client.Endpoint.Abort();
        if (!down.IsCompleted && !_backend.Paused && _backend.CloseSeen is null)
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
    private async Task LeaveAsync(RelaySide side, Task reading)
    {
        await reading;
        await side.Writer.ClosedAsync();
        if (Interlocked.Decrement(ref _sidesToTell) == 0)
            _told.TrySetResult(_outcome);
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
        side.MissedPongs,
        other.Paused && _time.GetElapsedTime(other.PausedAt) >= Blocked,
        side.Writer.MidFrame);

    /// <summary>The rest as it was when the ending was known; what still passed while the sides closed counts too.</summary>
    private RelayFacts WithFinalCounts(in RelayFacts facts) =>
        facts with { Client = facts.Client with { Received = _client.Counts }, Backend = facts.Backend with { Received = _backend.Counts } };

    private static string CloseWords(int code, string reason) =>
        code == 0 ? "without a code" : reason.Length == 0 ? $"with code {code}" : $"with code {code} \"{reason}\"";

    private static string LostWords(string doing, Exception? cause) => cause is null
        ? "the connection ended without a close frame"
        : $"{doing} failed: {(cause.GetBaseException() is SocketException s ? s.SocketErrorCode.ToString() : cause.GetBaseException().Message)}";
}
