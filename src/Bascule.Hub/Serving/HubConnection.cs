using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Hub;

/// <summary>One client of the hub, from its 101 to its end: reading, sending, and the one procedure that ends both so that the client learns why.</summary>
public sealed class HubConnection
{
    /// <summary>A write that lasts longer shows a client that does not read; shorter ones are ordinary backpressure.</summary>
    private static readonly TimeSpan Blocked = TimeSpan.FromSeconds(1);

    private readonly HubClient _client;
    private readonly HubTerms _terms;
    private readonly IHubDoor _door;
    private readonly HubServing _serving;
    private readonly TimeProvider _time;
    private readonly ClientReader _reader;
    private readonly ClientLife _life;
    private readonly Lock _takenGate = new();
    private HubCounts _taken;
    private HashSet<string>? _presentOn;
    private HashSet<string>? _watching;

    /// <summary>Why it ends: the first one counts.</summary>
    private readonly TaskCompletionSource<HubFarewell> _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal HubConnection(HubServing serving, HubClient client, HubTerms terms, IHubDoor door, PresenceTable presence, SendLoop loop)
    {
        _serving = serving;
        _client = client;
        _terms = terms;
        _door = door;
        _time = serving.Time;
        Presence = presence;
        Beat = new ClientBeat(_time);
        Sender = new ClientSender(this, client, loop, terms.Deflate, _time);
        Requests = new ClientRequests(this, serving.Hub, terms, door);
        _reader = new ClientReader(this, client, terms, _time);
        _life = new ClientLife(terms, _time);
    }

    public HubTerms Terms => _terms;

    /// <summary>When the token of the connection expires; null: never.</summary>
    public DateTimeOffset? ExpiresAt => _life.ExpiresAt;

    /// <summary>Topics and patterns that it has subscribed now.</summary>
    public IReadOnlyList<string> Topics => [.. Sender.Topics.All().Select(t => t.Name)];

    /// <summary>As it is at the moment, without waiting.</summary>
    public HubFacts Facts
    {
        get
        {
            var lag = Sender.Topics.Lag();
            var blocked = Sender.BlockedAt is not 0 and var since && _time.GetElapsedTime(since) >= Blocked;
            return new HubFacts(Counts, _life.Age, _time.GetElapsedTime(_reader.LastByteAt), Beat.RoundTrip, Beat.Missed, blocked,
                _reader.IsHeldBack, Sender.Topics.Count, lag.Bytes, lag.Messages, Sender.Dropped);
        }
    }

    internal ClientBeat Beat { get; }

    internal ClientSender Sender { get; }

    internal ClientRequests Requests { get; }

    internal PresenceTable Presence { get; }

    /// <summary>Topics whose presence it is part of. Of the presence table, under its lock.</summary>
    internal HashSet<string> PresentOn => _presentOn ??= new(StringComparer.Ordinal);

    /// <summary>Topics whose presence it wants to know. Likewise.</summary>
    internal HashSet<string> Watching => _watching ??= new(StringComparer.Ordinal);

    internal Task Over => _over.Task;

    internal bool IsEnding => _over.Task.IsCompleted;

    private HubCounts Counts => new(_reader.Messages, _reader.Bytes, Sender.Messages, Sender.Bytes);

    /// <summary>Ends the connection with a close frame, after a <c>goodbye</c> where the client knows it. The first ending counts.</summary>
    /// <param name="comeBackIn">When the client should connect again; null: as the reason says.</param>
    public void End(Ending ending, TimeSpan? comeBackIn = null) => _over.TrySetResult(new HubFarewell(ending, comeBackIn));

    /// <summary>The same, with a close frame in the words of an operator, cut to 123 bytes; empty ones give the usual text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The code is not 4000 to 4999, 1000, 1001 or 1008.</exception>
    public void EndWith(Ending ending, int code, string words)
    {
        if (code is not (CloseCodes.Normal or CloseCodes.GoingAway or CloseCodes.PolicyViolation or (>= 4000 and <= 4999)))
            throw new ArgumentOutOfRangeException(nameof(code), code, "Give a code of 4000 to 4999, 1000, 1001 or 1008.");
        _over.TrySetResult(new HubFarewell(ending, OwnWords: (code, words)));
    }

    /// <summary>The connection has a new token. What it may not read any more ends with a gap. Safe at any time, from any thread.</summary>
    /// <param name="expires">Null: it never expires.</param>
    /// <returns>False, and nothing changes, when that is not later than now, or the connection is ending.</returns>
    public bool Renew(DateTimeOffset? expires, HubGrants grants)
    {
        if (expires <= _time.GetUtcNow() || IsEnding)
            return false;
        _life.ExpiresAt = expires;
        Requests.Change(grants);
        return true;
    }

    /// <summary>What was carried since the last call. Each byte is told once, whoever asks.</summary>
    public HubCounts TakeTraffic()
    {
        lock (_takenGate)
        {
            var now = Counts;
            var delta = now - _taken;
            _taken = now;
            return delta;
        }
    }

    /// <summary>Serves the client until it leaves or <see cref="End"/> is called; then tells it and waits for its answer, within the close deadline.</summary>
    public async Task<HubEnd> RunAsync()
    {
        using var allowance = _terms.UserKey is { } user ? _serving.Allowances.Enter(user, _terms.Limits) : null;
        _reader.Limit(allowance);
        _serving.Sweep.Add(this);
        try
        {
            return await ServeAsync();
        }
        finally
        {
            _serving.Sweep.Remove(this);
            _reader.Limiter?.Dispose();
        }
    }

    /// <summary>Called about every second; never waits.</summary>
    internal void Look(Standstills still)
    {
        if (IsEnding)
            return;
        if (_life.Look(_reader, Sender, Beat, still) is { } ending)
            End(ending);
        else if (Sender.BlockedAt != 0)
            Sender.Schedule();
    }

    internal void TooSlow(Subscription subscription) => End(new Ending(
        EndReasons.ReaderTooSlow, $"{subscription.LagBytes} bytes behind on {subscription.Name}; its topic ends readers that are so slow"));

    internal void WriteFailed() => End(new Ending(EndReasons.ClientLost, $"writing failed: {WordsOf(Sender.Cause)}"));

    internal static bool IsConnectionFailure(Exception e) =>
        e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or AuthenticationException
            or Microsoft.AspNetCore.Connections.ConnectionAbortedException;

    internal static string WordsOf(Exception? cause) => cause?.GetBaseException() switch
    {
        null => "the connection is broken",
        SocketException s => s.SocketErrorCode.ToString(),
        var e => e.Message,
    };

    private async Task<HubEnd> ServeAsync()
    {
        Welcome();
        var reading = _reader.RunAsync();
        await Task.WhenAny((Task)reading, _over.Task);
        if (reading.IsCompletedSuccessfully)
            _over.TrySetResult(await reading ?? new HubFarewell(new Ending(EndReasons.ClientClosed, CloseWords(_reader.Close!))));
        else if (reading.IsFaulted)
            _over.TrySetResult(new HubFarewell(new Ending(EndReasons.GatewayFault)));

        var farewell = await _over.Task;
        _reader.Limiter?.Off();
        var facts = Facts;
        var (code, text) = Tell(farewell);
        await FinishAsync(reading);
        // What went wrong inside is not hidden by a good ending.
        await reading;
        return new HubEnd(farewell.Ending, code, text, facts with { Counts = Counts });
    }

    private void Welcome()
    {
        if (_terms.SpeaksBascule)
        {
            Sender.Post(Opcode.Text, ServerMessages.Welcome(new Welcome(
                _terms.Session, _terms.Attempt.ToString(), _terms.Heartbeat.Interval, _terms.MessageBytes, _terms.MostSubscriptions, _door.ResumeToken)));
        }

        foreach (var start in _terms.Topics)
            Requests.Subscribe(null, start);
    }

    /// <summary>Sends the last words that this ending asks for; returns what the close frame says.</summary>
    private (int Code, string Text) Tell(HubFarewell farewell)
    {
        Span<byte> frame = stackalloc byte[ControlFrame.MaxLength];
        if (farewell.Ending.Reason == EndReasons.ClientClosed)
        {
            var close = _reader.Close!;
            Sender.PostLast(frame[..ControlFrame.WriteClose(frame, close.Code, close.Reason, maskKey: null)]);
            return (close.Code, close.Reason);
        }

        var code = farewell.CodeFor(_terms.SpeaksBascule);
        var text = farewell.TextFor(_terms.Attempt);
        if (_terms.SpeaksBascule)
            Sender.Own.Post(Opcode.Text, ServerMessages.Goodbye(farewell.GoodbyeFor(_terms, _door.ResumeToken)));
        Sender.PostLast(frame[..ControlFrame.WriteClose(frame, code, text, maskKey: null)]);
        return (code, text);
    }

    private async Task FinishAsync(Task reading)
    {
        await Requests.CancelAsync();

        // 1. Our last words go out, and the client closes or ends.
        await WithinDeadlineAsync(Task.WhenAll(reading, Sender.Told));

        // 2. FIN, then that of the client, so that no reset destroys bytes on their way.
        if (reading.IsCompletedSuccessfully && Sender.Told.IsCompleted && Sender.Cause is null)
        {
            var leaving = LeaveAsync();
            await WithinDeadlineAsync(leaving);
            if (!leaving.IsCompleted)
                _client.Abort();
            await leaving;
        }
        else
            _client.Abort();

        // 3. Every task is awaited.
        await Sender.StopAsync();
        await Task.WhenAny(reading);
        await Requests.DisposeAsync();
    }

    private async Task LeaveAsync()
    {
        try
        {
            if (_client.Stream is SslStream tls)
                await tls.ShutdownAsync();
            if (_client.Socket is null)
                return;
            _client.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (IsConnectionFailure(e))
        {
            // The client is gone already; its ending is known, and nothing was left to say.
            return;
        }

        await _reader.DrainAsync();
    }

    private async Task WithinDeadlineAsync(Task task)
    {
        if (task.IsCompleted)
            return;
        using var done = new CancellationTokenSource();
        await Task.WhenAny(task, Task.Delay(_terms.CloseDeadline, _time, done.Token));
        await done.CancelAsync();
    }

    private static string CloseWords(ClientClose close) =>
        close.Code == 0 ? "without a code" : close.Reason.Length == 0 ? $"with code {close.Code}" : $"with code {close.Code} \"{close.Reason}\"";
}
