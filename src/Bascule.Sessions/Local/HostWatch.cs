using Microsoft.Extensions.Logging;

namespace Bascule.Sessions;

/// <summary>Follows the changes of the host, and makes news of them; after a gap it compares with the whole list.</summary>
internal sealed class HostWatch(HostSetup setup, HostClient client, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // A host that lives but does not answer can neither be attached to nor be told anything.
    private static readonly TimeSpan HangLimit = TimeSpan.FromMinutes(5);

    // A gateway that was stopped or asleep for so long has missed one answer. One that was not has asked 8 times: each waits 35 s at most.
    private const int HangMisses = 5;

    private readonly Lock _gate = new();

    // The sessions that run, at which host, and how many clients are attached.
    private readonly Dictionary<SessionId, (string Host, int Viewers)> _running = [];
    private Action<RunnerNews> _news = _ => { };
    private int _unanswered;
    private long _unansweredSince;
    private volatile string? _fault;

    /// <summary>Why the host cannot be used although it lives; null when it answers.</summary>
    internal string? Fault => _fault;

    internal async Task RunAsync(HostKeeper keeper, Action<RunnerNews> news, CancellationToken stopping)
    {
        _news = news;
        string? listed = null;
        string? asked = null;
        var last = 0L;
        try
        {
            while (true)
            {
                if (await keeper.EnsureAsync(stopping) is not { } host)
                {
                    await Task.Delay(Pause, time, stopping);
                    continue;
                }

                // What another one did not answer does not count against this one.
                if (asked != host.Id)
                    Answered();
                asked = host.Id;
                if (listed != host.Id)
                    (listed, last) = await ListAsync(host, stopping);
                else
                    (listed, last) = await FollowAsync(host, last, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The gateway stops; host and sessions go on.
        }
    }

    /// <summary>A session runs at a host since now.</summary>
    internal void Started(SessionId id, string host)
    {
        lock (_gate)
            _running[id] = (host, _running.GetValueOrDefault(id).Viewers);
    }

    /// <summary>Null: it does not run here.</summary>
    internal int? ViewersOf(SessionId id)
    {
        lock (_gate)
            return _running.TryGetValue(id, out var running) ? running.Viewers : null;
    }

    /// <summary>Whatever ran there is over.</summary>
    internal void HostIsLost(string host)
    {
        List<SessionId> over;
        lock (_gate)
        {
            over = [.. _running.Where(pair => pair.Value.Host == host).Select(pair => pair.Key)];
            over.ForEach(id => _running.Remove(id));
        }

        foreach (var id in over)
            _news(new RunnerNews(id, End: Lost($"Its host {host} has died.")));
    }

    internal SessionPlace PlaceAt(HostFile host) => new(ProcessRunner.Kind, host.Id, null, setup.Advertise(host.Url));

    private async Task<(string? Listed, long Last)> ListAsync(HostFile host, CancellationToken stopping)
    {
        // What is started while the list is on its way is not in it.
        List<SessionId> expected;
        lock (_gate)
            expected = [.. _running.Where(pair => pair.Value.Host == host.Id).Select(pair => pair.Key)];
        var (list, reply) = await client.ListAsync(HostDoor.Own(host), stopping);
        if (list is null || list.Host != host.Id)
        {
            await UnansweredAsync(host, reply, stopping);
            return (null, 0);
        }

        Answered();
        List<SessionId> vanished;
        var there = list.Terminals.Select(terminal => terminal.Id).ToHashSet(StringComparer.Ordinal);
        lock (_gate)
        {
            vanished = [.. expected.Where(id => !there.Contains(id.ToString()) && _running.Remove(id))];
        }

        foreach (var terminal in list.Terminals)
        {
            // Who took it meanwhile: the book knows whether that was told. The first writer took it from nobody.
            if (terminal.Fence > 1)
                Tell(terminal.Id, new WriterChange(terminal.Fence, terminal.Writer is { Length: > 0 } user ? user : null, null, null, null, time.GetUtcNow()));
            Tell(host, terminal.Id, (terminal.State == "ended" ? terminal.Exit : null)?.ToEnd(terminal.RecordingDigest));
            Count(terminal.Id, terminal.Viewers);
        }

        foreach (var id in vanished)
            _news(new RunnerNews(id, End: Lost("Its host does not have it any more.")));
        return (host.Id, list.Last);
    }

    private async Task<(string? Listed, long Last)> FollowAsync(HostFile host, long last, CancellationToken stopping)
    {
        var (changes, reply) = await client.ChangesAsync(HostDoor.Own(host), last, stopping);
        if (changes is null)
        {
            await UnansweredAsync(host, reply, stopping);
            return (host.Id, last);
        }

        Answered();
        if (changes.Lost || changes.Host != host.Id)
        {
            log.HostChangesLost(host.Id, last);
            return (null, 0);
        }

        foreach (var change in changes.Changes)
        {
            if (change.Kind == "started" || (change.Kind == "ended" && change.Exit is not null))
                Tell(host, change.Terminal, change.Exit?.ToEnd(change.RecordingDigest));
            else if (change is { Kind: "writer", Writer: { } writer })
                Tell(change.Terminal, writer.At(change.At));
            else if (change is { Kind: "viewers", Viewers: { } viewers })
                Count(change.Terminal, viewers);
            else if (change.Kind == "forgotten" && SessionId.TryParse(change.Terminal, out var id))
                Remove(id);
        }

        return (host.Id, changes.Last);
    }

    private void Tell(HostFile host, string terminal, SessionEnd? end)
    {
        if (!SessionId.TryParse(terminal, out var id))
            return;
        if (end is null)
            Started(id, host.Id);
        else
            Remove(id);
        _news(new RunnerNews(id, Place: PlaceAt(host), End: end));
    }

    private void Tell(string terminal, WriterChange writer)
    {
        if (SessionId.TryParse(terminal, out var id))
            _news(new RunnerNews(id, Writer: writer));
    }

    private void Count(string terminal, int viewers)
    {
        if (!SessionId.TryParse(terminal, out var id))
            return;
        lock (_gate)
        {
            if (_running.TryGetValue(id, out var running))
                _running[id] = running with { Viewers = viewers };
        }
    }

    private void Remove(SessionId id)
    {
        lock (_gate)
            _running.Remove(id);
    }

    private void Answered()
    {
        _unanswered = 0;
        _fault = null;
    }

    private async Task UnansweredAsync(HostFile host, HostReply reply, CancellationToken stopping)
    {
        // A host that died is the keeper's affair, at once.
        if (!host.IsAlive())
            return;

        // Once is nothing: it may be about to end, or it was we who slept.
        if (++_unanswered == 1)
            _unansweredSince = time.GetTimestamp();
        if (_unanswered > 1)
        {
            var seen = HostClient.Problem(reply).Detail ?? $"It answered {reply.Status}.";
            if (_fault is null)
                log.HostSilent(host.Id, seen);
            _fault = $"The session host {host} cannot be used. {seen}";
        }

        if (_unanswered >= HangMisses && time.GetElapsedTime(_unansweredSince) >= HangLimit)
        {
            log.HostHung(host.Id, HangLimit.TotalMinutes);
            _unanswered = 0;
            host.Kill();
        }

        await Task.Delay(Pause, time, stopping);
    }

    private SessionEnd Lost(string text) => new(SessionEndings.HostLost.Label, text, time.GetUtcNow());
}
