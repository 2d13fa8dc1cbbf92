using Microsoft.Extensions.Logging;

namespace Bascule.Sessions;

/// <summary>Sessions as processes of this machine. They live in a host process of their own, so that the gateway may restart.</summary>
public sealed class ProcessRunner : ISessionRunner
{
    /// <summary><see cref="Name"/>, and what stands in the places of its sessions.</summary>
    public const string Kind = "process";

    private static readonly TimeSpan RestartPause = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan HostPatience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(50);

    private static readonly string[] Causes = ["deleted", "deadline", "idle", "maximum_life", "detached", "host_stopping"];

    private readonly HostSetup _setup;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly HostClient _client;
    private readonly HostKeeper _keeper;
    private readonly HostWatch _watch;
    private readonly CancellationTokenSource _stopping = new();
    private Task _watching = Task.CompletedTask;

    public ProcessRunner(HostSetup setup, TimeProvider time, ILogger<ProcessRunner> log)
    {
        (_setup, _time, _log) = (setup, time, log);
        _client = new HostClient(time);
        _watch = new HostWatch(setup, _client, time, log);
        _keeper = new HostKeeper(setup, _watch.HostIsLost, time, log);
    }

    public string Name => Kind;

    public string? Fault => _keeper.Fault ?? _watch.Fault;

    public string? LivingHost => _watch.Fault is null ? _keeper.Current?.Id : null;

    public IReadOnlyCollection<string> LostHosts => _keeper.Lost;

    public int? ViewersOf(SessionId id) => _watch.ViewersOf(id);

    /// <summary>Finds or starts the host in the background, and adopts what runs there.</summary>
    public Task StartAsync(Action<RunnerNews> news, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        _watching = Task.Run(() => WatchAsync(news), CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task<StartAnswer> StartSessionAsync(SessionOrder order, CancellationToken cancellation)
    {
        for (var isLast = false; ; isLast = true)
        {
            if (await HostAsync(cancellation) is not { } host)
                return Failed(SessionEndings.RunnerUnavailable, _keeper.Fault ?? "There is no session host.");
            var reply = await _client.StartAsync(HostDoor.Own(host), order, cancellation);
            if (reply.IsGood || reply.Status == 409)
                return Running(order.Id, host);

            // It died before it could answer, and all that it started with it: the next one gets the order.
            if (!reply.IsReached && !isLast && !host.IsAlive())
                continue;
            var answer = Refused(reply);
            _log.HostRefused(host.Id, order.Id.ToString(), answer.Failure!.Text);
            return answer;
        }
    }

    public async Task<bool> EndSessionAsync(SessionRecord record, SessionEnding why, CancellationToken cancellation)
    {
        if (DoorOf(record) is not { } door)
            return true;
        var cause = Causes.Contains(why.Label, StringComparer.Ordinal) ? why.Label : "deleted";
        var reply = await _client.EndAsync(door, record.Id, cause, cancellation);
        return reply.IsGood || reply.Status == 404 || DoorOf(record) is null;
    }

    public async Task<SessionResult?> ResultAsync(SessionRecord record, CancellationToken cancellation) =>
        DoorOf(record) is { } door ? await _client.ResultAsync(door, record.Id, cancellation) : null;

    public async Task<int> SweepAsync(Func<SessionId, Task<bool>> isKnown, CancellationToken cancellation)
    {
        if (_keeper.Current is not { } host || (await _client.ListAsync(HostDoor.Own(host), cancellation)).List is not { } list || list.Host != host.Id)
            return 0;
        var swept = 0;
        foreach (var terminal in list.Terminals)
        {
            if (!SessionId.TryParse(terminal.Id, out var id) || await isKnown(id))
                continue;
            if ((await _client.EndAsync(HostDoor.Own(host), id, "deleted", cancellation)).IsGood)
                swept++;
        }

        return swept;
    }

    /// <summary>Stops watching. Host and sessions go on.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        await _stopping.CancelAsync();
        await _watching;
        _keeper.Dispose();
        _client.Dispose();
        _stopping.Dispose();
    }

    // One that has just died is replaced in a moment: a session that is created meanwhile waits for it.
    private async Task<HostFile?> HostAsync(CancellationToken cancellation)
    {
        var end = _time.GetUtcNow() + HostPatience;
        while (true)
        {
            if (await _keeper.EnsureAsync(cancellation) is { } host)
                return host;
            if (_keeper.NextTry > end)
                return null;
            var wait = _keeper.NextTry - _time.GetUtcNow();
            await Task.Delay(wait > ShortestWait ? wait : ShortestWait, _time, cancellation);
        }
    }

    private async Task WatchAsync(Action<RunnerNews> news)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await _watch.RunAsync(_keeper, news, _stopping.Token);
            }
            catch (Exception e)
            {
                _log.WatchFailed(e);
                await Task.Delay(RestartPause, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private StartAnswer Running(SessionId id, HostFile host)
    {
        _watch.Started(id, host.Id);

        // It may have died in this moment, and been counted out before its session was counted in.
        if (_keeper.Lost.Contains(host.Id, StringComparer.Ordinal))
            _watch.HostIsLost(host.Id);
        return new StartAnswer(_watch.PlaceAt(host), null) { IsRunning = true };
    }

    private StartAnswer Refused(HostReply reply)
    {
        var problem = HostClient.Problem(reply);
        var text = problem.Detail ?? problem.Title ?? $"The session host answered {reply.Status}.";
        return (reply.Status, problem.Label) switch
        {
            (422, "command_not_found") => Failed(SessionEndings.CommandNotFound, text),
            (400 or 422, _) => Failed(SessionEndings.StartFailed, text),
            _ => Failed(SessionEndings.RunnerUnavailable, text),
        };
    }

    private StartAnswer Failed(SessionEnding ending, string text) => new(null, new SessionEnd(ending.Label, text, _time.GetUtcNow()));

    /// <returns>Null when its host is gone, or it never had one.</returns>
    private HostDoor? DoorOf(SessionRecord record)
    {
        var own = _keeper.Current is { } current && current.IsAlive() ? current : null;
        if (record.Place is not { } place || place.Host == own?.Id)
            return own is null ? null : HostDoor.Own(own);
        if (place.Url is not { } url || _keeper.Lost.Contains(place.Host, StringComparer.Ordinal))
            return null;
        return new HostDoor(url, path => ("Bascule-Terms", _setup.Note(record.Id, path)));
    }
}
