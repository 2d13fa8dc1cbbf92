using System.IO.Pipelines;
using Bascule.Model;
using Bascule.Protocol;
using Bascule.Relay;
using Bascule.Sessions;
using Bascule.Terminal;

namespace Bascule.Gateway;

/// <summary>Stands in for the host of a session that is being started, or has none: says what is going on, keeps what the client sends, and becomes the way to the host when there is one. To the relay it is a back end like any other.</summary>
internal sealed class StartingTerminal : IAsyncDisposable
{
    /// <summary>A sign of life, and seconds that a person sees count up.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _cut = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly PipeEnd _end;
    private readonly SessionPlan _plan;
    private readonly OpenSessions _open;
    private readonly TerminalDial _dial;
    private readonly TermDialect _dialect;
    private readonly AttemptId _attempt;
    private readonly TimeProvider _time;
    private readonly Task _running;
    private string _progress;

    private StartingTerminal(Passage passage, SessionPlan plan, OpenSessions open, Dialers dialers, TimeProvider time)
    {
        (_plan, _open, _time, _attempt) = (plan, open, time, passage.Attempt.Id);
        _dial = TerminalDial.For(passage, plan);
        TermProtocol.TryChoose(_dial.Offer.Subprotocols, out _dialect, out var subprotocol);
        _progress = plan.Record.Progress;
        // Pipes hold 64 KiB each at most, then their writer waits.
        var up = new Pipe();
        var down = new Pipe();
        _end = new PipeEnd(up.Reader, down.Writer, _cut.Token);
        // Its end is awaited: what is on its way to the host gets there.
        var endpoint = new RelayEndpoint(new PipeEnd(down.Reader, up.Writer, _cut.Token), _cut.Cancel) { IsOurs = true };
        Link = new BackendLink(endpoint, new AgreedUpgrade(subprotocol, null, 0));
        _running = RunAsync(passage.Attempt, dialers);
    }

    /// <summary>Why there is no host to wait for any more; null when there is one, or the client left before.</summary>
    internal Ending? Said { get; private set; }

    /// <summary>The relay's end.</summary>
    internal BackendLink Link { get; }

    internal static StartingTerminal Begin(Passage passage, SessionPlan plan, OpenSessions open, Dialers dialers, TimeProvider time) => new(passage, plan, open, dialers, time);

    public async ValueTask DisposeAsync()
    {
        await _cut.CancelAsync();
        await _running;
        _cut.Dispose();
        _turn.Dispose();
    }

    private async Task RunAsync(Attempt attempt, Dialers dialers)
    {
        try
        {
            var (record, late, goodbye) = await WaitAsync();
            if (goodbye is not null)
            {
                await _end.WriteAsync(goodbye, _cut.Token);
                return;
            }

            if (late is { } none)
            {
                await CloseAsync(none);
                return;
            }

            attempt.Node = record!.Place?.Host;
            if (LegacyServer.Serves(record))
            {
                await ServeLegacyAsync(record);
                return;
            }

            var (link, ending) = await _dial.OpenAsync(record, _open.Keys, dialers, _time, _cut.Token);
            if (link is null)
                await CloseAsync(ending!.Value);
            else
                await BridgeAsync(link);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException or System.Net.WebSockets.WebSocketException)
        {
            // The relay ended it, or the host's connection broke: the relay says which, in its log line.
            return;
        }
        finally
        {
            await _end.CompleteAsync();
        }
    }

    /// <summary>Of the session, until the client leaves: then the answer to its close frame.</summary>
    private async Task<(SessionRecord? Record, Ending? Ending, byte[]? Goodbye)> WaitAsync()
    {
        using var left = CancellationTokenSource.CreateLinkedTokenSource(_cut.Token);
        var starting = WaitStartedAsync(left.Token);
        var reading = new EarlyInput(_end).ReadAsync(left.Token);
        await Task.WhenAny(starting, LeftAsync(reading));
        await left.CancelAsync();
        await Task.WhenAll(starting, reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (await reading is { } goodbye)
            return (null, null, goodbye);
        var (record, ending) = await starting;
        return (record, ending, null);

        // Who has sent much waits on, unread.
        async Task LeftAsync(Task<byte[]?> close)
        {
            if (await close is null)
                await starting;
        }
    }

    /// <summary>The record when it runs, or is over and may still be shown; else why there is nothing to wait for any more.</summary>
    private async Task<(SessionRecord? Record, Ending? Ending)> WaitStartedAsync(CancellationToken left)
    {
        using var limit = new CancellationTokenSource(_open.Settings.StartWait, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, left);
        var repeating = RepeatAsync(either.Token);
        try
        {
            var record = await _open.Desk.WaitRunningAsync(_plan.Record.Id, HearAsync, either.Token);
            if (record is null)
                return (null, SessionAccess.NotFound.Refusal);
            var isOver = record.State == SessionState.Ended && !await _open.Hosts.KeepsAsync(record, either.Token);
            return isOver ? (null, SessionEndingsOf.Over(record)) : (record, null);
        }
        catch (OperationCanceledException) when (!left.IsCancellationRequested)
        {
            return (null, SessionEndingsOf.StillStarting(_progress));
        }
        catch (SessionStoreException)
        {
            return (null, new Ending(EndReasons.SessionStoreUnavailable));
        }
        finally
        {
            await either.CancelAsync();
            await repeating;
        }
    }

    private Task HearAsync(SessionRecord record)
    {
        _progress = record.Progress;
        return TellAsync(_cut.Token);
    }

    private async Task RepeatAsync(CancellationToken over)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Again, _time, over);
                await TellAsync(over);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The wait is over, or nobody reads any more.
            return;
        }
    }

    private async Task TellAsync(CancellationToken cancellation)
    {
        var seconds = Math.Floor(Math.Max(0, (_time.GetUtcNow() - _plan.Record.CreatedAt).TotalSeconds));
        var notice = ServerFrames.Notice(new NoticeFrame("starting", _progress.Length == 0 ? "the session is being started" : _progress) { Seconds = seconds });
        var frame = new byte[FrameHeader.MaxLength + notice.Length];
        var header = FrameHeader.For(Opcode.Binary, notice.Length, maskKey: null).Write(frame);
        notice.CopyTo(frame, header);
        await _turn.WaitAsync(cancellation);
        try
        {
            await _end.WriteAsync(frame.AsMemory(0, header + notice.Length), cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task CloseAsync(Ending ending)
    {
        Said = ending;
        // The relay's own deadline ends the wait for the client's answer.
        await CloseHandshake.SayAsync(_end, ending.Reason.Code, ending.Reason.CloseText(_attempt, ending.Facts), Timeout.InfiniteTimeSpan, _time);
    }

    private async Task ServeLegacyAsync(SessionRecord record)
    {
        await using var server = new LegacyServer(_open, _end, _dialect, _plan, _attempt, _time);
        await server.RunAsync(record, _cut.Token);
    }

    /// <summary>From here on every byte passes as it is, what the client sent meanwhile first.</summary>
    private async Task BridgeAsync(BackendLink link)
    {
        var host = link.Endpoint;
        using var onCut = _cut.Token.UnsafeRegister(static abort => ((Action)abort!)(), host.Abort);
        var up = _end.CopyToAsync(host.Stream);
        var down = DownAsync(host);
        try
        {
            await await Task.WhenAny(up, down);
            // What the host said last is for the client, whatever became of the other direction.
            await down;
        }
        finally
        {
            await _end.CompleteAsync();
            host.Abort();
            await Task.WhenAll(up, down).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task DownAsync(RelayEndpoint host)
    {
        if (!host.Early.IsEmpty)
            await _end.WriteAsync(host.Early);
        await host.Stream.CopyToAsync(_end);
    }
}
