using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Bascule.Sessions.Kubernetes;

/// <summary>Follows all pods of an installation, and their agents, and tells the news of their sessions.</summary>
internal sealed class PodWatch : IPodReader, IAsyncDisposable
{
    private static readonly TimeSpan LateCheck = TimeSpan.FromSeconds(5);

    private readonly KubernetesOptions _options;
    private readonly KubeClient _client;
    private readonly PodCalls _pods;
    private readonly AgentCalls _agents;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly PodBook _book;
    private readonly ListWatch _watch;

    // Unbounded, and yet no longer than there are pods: each fails once.
    private readonly Channel<(PodEntry Entry, PodTrouble Why)> _failing = Channel.CreateUnbounded<(PodEntry, PodTrouble)>();

    // By uid: one long poll of the agent for each running pod.
    private readonly Dictionary<string, Following> _followed = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private Action<RunnerNews> _news = _ => { };
    private bool _isDisposed;
    private Task _running = Task.CompletedTask;

    internal PodWatch(KubernetesOptions options, KubeClient client, PodCalls pods, AgentCalls agents, ILogger log, TimeProvider time)
    {
        _options = options;
        _client = client;
        _pods = pods;
        _agents = agents;
        Recordings = new PodRecordings(options.Recordings, agents, log, time);
        _time = time;
        _log = log;
        _book = new PodBook(this, options.PodStart, time);
        _watch = new ListWatch(client, pods.Collection, PodNames.Selector(options.Gateway), _book, log, time);
    }

    internal string? Fault => _watch.Fault;

    internal PodRecordings Recordings { get; }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
            return;
        await _stop.CancelAsync();
        await _running;
        Task[] following;
        lock (_gate)
            following = [.. _followed.Values.Select(one => one.Task)];
        await Task.WhenAll(following);
        await Recordings.DisposeAsync();
        _stop.Dispose();
    }

    public void Starting(PodEntry entry) => _news(new RunnerNews(entry.Id, Progress: entry.Progress));

    public void Running(PodEntry entry, string address)
    {
        var place = PlaceOf(entry, address);
        _news(new RunnerNews(entry.Id, Place: place));
        if (PodTemplate.SecretOf(entry.Pod) is not { } secret)
            return;
        lock (_gate)
        {
            var stop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            _followed[entry.Uid] = new Following(FollowAsync(entry, place.Url!, secret, stop.Token), stop);
        }
    }

    public void Failing(PodEntry entry, PodTrouble why) => _failing.Writer.TryWrite((entry, why));

    public void Over(PodEntry entry, PodFinish finish)
    {
        Tell(entry, finish);
        lock (_gate)
        {
            if (_followed.TryGetValue(entry.Uid, out var following))
                following.Stop.Cancel();
        }
    }

    /// <summary>The last that was seen of a pod; null: it is not known here yet, or no more.</summary>
    internal JsonObject? PodOf(string uid) => _book.Find(uid)?.Pod;

    internal void Start(Action<RunnerNews> news)
    {
        _news = news;
        _running = Task.WhenAll(_watch.RunAsync(_stop.Token), FailAsync(_stop.Token), CheckLateAsync(_stop.Token));
    }

    /// <summary>The agent's address; with legacy pods the exec of the API server, which is opened by <see cref="PodExec"/>.</summary>
    private SessionPlace PlaceOf(PodEntry entry, string address)
    {
        var host = address.Contains(':') ? $"[{address}]" : address;
        var url = entry.Pod.Text("metadata", "annotations", PodNames.Exec) is { } exec ? new Uri(_client.Server, exec) : new Uri($"http://{host}:{_options.AgentPort}/");
        return new SessionPlace(KubernetesRunner.RunnerName, entry.Name, entry.Uid, url);
    }

    private void Tell(PodEntry entry, PodFinish finish) =>
        _news(new RunnerNews(entry.Id, End: new SessionEnd(finish.Ending.Label, finish.Text, _time.GetUtcNow(), finish.ExitCode, finish.Signal) { RecordingDigest = finish.RecordingDigest }));

    private async Task FollowAsync(PodEntry entry, Uri agent, string secret, CancellationToken cancellation)
    {
        // The caller holds the lock of the book.
        await Task.Yield();
        try
        {
            var finish = await _agents.WhenEndedAsync(agent, secret, entry.Id, writer => _news(new RunnerNews(entry.Id, Writer: writer)), cancellation);
            // Who sees the end finds the recording.
            if (PodTemplate.IsRecorded(entry.Pod))
                await Recordings.KeepAsync(agent, secret, entry.Id, cancellation);
            Tell(entry, finish);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The pod is over, or the gateway stops.
        }
        finally
        {
            // Cancellation may run this within the call that cancels, under its lock.
            await Task.Yield();
            lock (_gate)
            {
                if (_followed.Remove(entry.Uid, out var following))
                    following.Stop.Dispose();
            }
        }
    }

    /// <summary>Tells why pods do not start, with what the events of Kubernetes add, and removes them.</summary>
    private async Task FailAsync(CancellationToken cancellation)
    {
        try
        {
            await foreach (var (entry, why) in _failing.Reader.ReadAllAsync(cancellation))
            {
                var warning = await _pods.LastWarningAsync(entry.Name, entry.Uid, cancellation);
                var text = warning is null || why.Text.Contains(warning, StringComparison.Ordinal) ? why.Text : $"{why.Text.TrimEnd('.')}. Kubernetes says: {warning}";
                Tell(entry, new PodFinish(why.Ending, text));
                await _pods.DeleteAsync(entry.Name, entry.Uid, TimeSpan.Zero, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The gateway stops; another one, or the sweep, removes the pod.
        }
    }

    private async Task CheckLateAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(LateCheck, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
                _book.GiveUpLate();
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    private sealed record Following(Task Task, CancellationTokenSource Stop);
}
