using System.Globalization;
using System.Net.WebSockets;
using System.Security.Cryptography;
using Bascule.Terminal;

namespace Bascule.Cli;

/// <summary>A session over one connection after the other, each from where the last one ended: every byte once.</summary>
internal sealed class SessionLine(SessionPlan plan, ISessionView view, TimeProvider time)
{
    /// <summary>Requirement B3.</summary>
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(25);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(20);

    /// <summary>Whatever a server asks for: who waits for more has been forgotten, and timers of .NET take no more than 49 days.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    /// <summary>So long a connection has to hold before its loss counts as the first again.</summary>
    private static readonly TimeSpan Stable = TimeSpan.FromSeconds(10);

    private readonly SessionProgress _progress = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource<SessionTalk> _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SessionTalk? _talk;
    private int _failures;
    private long _attachedAt;

    /// <summary>How it ended; null while it runs.</summary>
    internal ExitFrame? Exit => _progress.Exit;

    /// <summary>Whether it ever was attached.</summary>
    internal bool WasAttached => _progress.WasAttached;

    /// <inheritdoc cref="StreamPosition.Shown"/>
    internal long? Shown(byte channel) => _progress.Of(channel).Shown;

    /// <summary>The connection; null where there is none that is attached.</summary>
    internal SessionTalk? Talk => _talk is { IsAttached: true } talk ? talk : null;

    /// <summary>Called when a connection is attached, and when its role is another one: the size is to be sent.</summary>
    internal Action Changed { get; init; } = static () => { };

    /// <summary>The connection that is attached, or the next one.</summary>
    /// <param name="gone">Of this one the caller knows that it takes nothing any more, which others may not have seen yet.</param>
    internal Task<SessionTalk> AttachedAsync(SessionTalk? gone, CancellationToken cancellation)
    {
        lock (_gate)
            return Talk is { } talk && talk != gone ? Task.FromResult(talk) : _next.Task.WaitAsync(cancellation);
    }

    /// <summary>Tells the end of the input on each connection anew: the last one may have taken it with it, and the command would wait for it for ever.</summary>
    internal async Task CloseInputAsync(CancellationToken over)
    {
        for (SessionTalk? talk = null; ;)
        {
            talk = await AttachedAsync(talk, over);
            if (talk.Role == ViewerRole.Write)
                await talk.CloseInputAsync();
        }
    }

    /// <summary>Until the session has ended, or it is left.</summary>
    /// <exception cref="OperationCanceledException">It was left.</exception>
    internal async Task<TermClosing> RunAsync(CancellationToken leaving)
    {
        while (true)
        {
            var closing = await ConnectAsync(leaving);
            if (Exit is not null || closing.IsFinal)
                return closing;
            var pause = PauseFor(closing);
            view.Lost(closing.Words, pause);
            await Task.Delay(pause, time, leaving);
        }
    }

    private async Task<TermClosing> ConnectAsync(CancellationToken leaving)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.AddSubProtocol(TermProtocol.Term);
        if (!string.IsNullOrEmpty(plan.Token))
            socket.Options.SetRequestHeader("Authorization", $"Bearer {plan.Token}");
        using var limit = new CancellationTokenSource(ConnectLimit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, leaving);
        try
        {
            await socket.ConnectAsync(plan.Url, both.Token);
        }
        catch (OperationCanceledException) when (!leaving.IsCancellationRequested)
        {
            return Unreachable(string.Create(CultureInfo.InvariantCulture, $"there was no answer within {ConnectLimit.TotalSeconds:0} s"));
        }
        catch (WebSocketException) when ((int)socket.HttpStatusCode > 0 && (int)socket.HttpStatusCode != 101)
        {
            return Refused(socket);
        }
        catch (WebSocketException e)
        {
            return Unreachable((e.InnerException?.Message ?? e.Message).TrimEnd('.'));
        }

        if (socket.SubProtocol != TermProtocol.Term)
            return new TermClosing($"{plan.Url.Authority} does not speak {TermProtocol.Term} there.", IsFinal: true, ExitCodes.FoundFault);
        var size = plan.Size();
        var hello = new HelloFrame(
            plan.Client, _progress.Output, _progress.Errors, _progress.Incarnation, size.Columns, size.Rows,
            plan.Role == ViewerRole.Read ? "read" : "write", plan.Take && !_progress.WasAttached);
        using var talk = new SessionTalk(socket, _progress, view, time);
        var closing = await talk.RunAsync(hello, Take, leaving);
        if (_talk == talk && time.GetElapsedTime(_attachedAt) >= Stable)
            _failures = 0;
        return closing;
    }

    private void Take(SessionTalk talk)
    {
        lock (_gate)
        {
            if (_talk != talk)
            {
                (_talk, _attachedAt) = (talk, time.GetTimestamp());
                _next.SetResult(talk);
                _next = new TaskCompletionSource<SessionTalk>(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        Changed();
    }

    /// <summary>The first time it is an answer to who asked; later the gateway may come back.</summary>
    private TermClosing Unreachable(string why)
    {
        var words = $"{plan.Url.Authority} cannot be reached: {why}.";
        return _progress.WasAttached ? TermClosing.Lost(words) : new TermClosing($"{words} Does a gateway listen there?", IsFinal: true, ExitCodes.Unreachable);
    }

    private TermClosing Refused(ClientWebSocket socket)
    {
        var status = (int)socket.HttpStatusCode;
        var fields = socket.HttpResponseHeaders;
        var attempt = fields?.TryGetValue("X-Bascule-Attempt", out var ids) == true ? ids.FirstOrDefault() : null;
        var lapsed = _progress.WasAttached && status is 401 or 403 ? " It let you in before, so your token or link has probably run out: attach with a new one. The session goes on without you." : "";
        var words = $"{plan.Url.Authority} refused the WebSocket with {status}.{lapsed}{(attempt is null ? "" : ExplainCommand.HowToAsk(attempt, plan.Url))}";
        if (status is not (429 or >= 500))
            return new TermClosing(words, IsFinal: true, ExitCodes.FoundFault);
        var after = fields?.TryGetValue("Retry-After", out var seconds) == true && int.TryParse(seconds.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var wait) ? wait : 0;
        return TermClosing.Lost(words) with { After = TimeSpan.FromSeconds(after) };
    }

    /// <summary>What the server asked for; longer each time that nothing came of it, and never the same for all clients.</summary>
    private TimeSpan PauseFor(TermClosing closing)
    {
        var spread = closing.IsAtOnce && _failures == 0 ? FirstPause : TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, FirstPause.Ticks << Math.Min(_failures, 10)));
        _failures++;
        var asked = closing.After < LongestWait ? closing.After : LongestWait;
        return asked + TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32((int)spread.TotalMilliseconds + 1));
    }
}
