using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace Bascule.Sessions.Kubernetes;

/// <summary>Runs each session in a pod of its own, through the Kubernetes API. Every gateway of an installation sees the pods of all.</summary>
public sealed class KubernetesRunner : ISessionRunner
{
    /// <summary>What the places of its sessions say of their runner.</summary>
    public const string RunnerName = "kubernetes";

    // Between the creation of a pod and its record being in every reach: nobody's pod is not swept before.
    private static readonly TimeSpan YoungestOrphan = TimeSpan.FromMinutes(1);

    // Of a creation: the namespace, or the owner, is not there.
    private const int NotFound = 404;

    private static readonly TimeSpan OwnerLife = TimeSpan.FromMinutes(1);

    private readonly KubernetesOptions _options;
    private readonly KubeClient _client;
    private readonly string _space;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly PodCalls _pods;
    private readonly AgentCalls _agents;
    private readonly PodWatch _watch;
    private volatile string? _denied;
    private volatile OwnerFound? _owner;

    /// <param name="access">From <see cref="KubeAccess.Find"/>.</param>
    public KubernetesRunner(KubernetesOptions options, KubeAccess access, ILogger<KubernetesRunner> log, TimeProvider time)
    {
        _options = options;
        _client = new KubeClient(access, time, options.Limits);
        _space = access.Namespace;
        _time = time;
        _log = log;
        _pods = new PodCalls(_client, _space, log);
        _agents = new AgentCalls(log, time);
        _watch = new PodWatch(options, _client, _pods, _agents, log, time);
    }

    public string Name => RunnerName;

    /// <summary>The namespace of the pods.</summary>
    public string Namespace => _space;

    /// <summary>For <see cref="PodExec"/>.</summary>
    public KubeClient Client => _client;

    public string? Fault => _denied
        ?? (_watch.Fault is { } fault ? $"Pods of namespace {_space} at {_client.Name} cannot be watched: {fault}. Check the API server, and the role of deploy/kubernetes." : null);

    public Task StartAsync(Action<RunnerNews> news, CancellationToken cancellation)
    {
        _watch.Start(news);
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _watch.DisposeAsync();
        _agents.Dispose();
        _client.Dispose();
    }

    public async Task<StartAnswer> StartSessionAsync(SessionOrder order, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(order.Image ?? _options.Image))
            return Refuse(order, SessionEndings.PodRejected, "The profile names no image. Set it in the profile, or sessions.kubernetes.image.");
        var (owner, missing) = await OwnerAsync(cancellation);
        if (missing is not null)
            return Refuse(order, missing);
        var answer = await _pods.CreateAsync(PodTemplate.Of(order, _options, _space, owner, _time.GetUtcNow()), cancellation);
        if (answer.Error is { } error)
            return Refuse(order, error);
        _denied = null;
        var name = PodNames.NameOf(answer.Found!);
        _log.PodCreated(order.Id, name);
        return new StartAnswer(new SessionPlace(RunnerName, name, PodNames.UidOf(answer.Found!), null), null);
    }

    public async Task<bool> EndSessionAsync(SessionRecord record, SessionEnding why, CancellationToken cancellation)
    {
        var name = record.Place?.Host ?? PodNames.Of(record.Id);
        if (record.Place?.Uid is { } known)
        {
            if (record.Place.Url is { } agent && (_watch.PodOf(known) ?? (await _pods.GetAsync(name, cancellation)).Found) is { } last && PodNames.UidOf(last) == known)
                await EndTerminalAsync(agent, last, record.Id, why, cancellation);
            return await _pods.DeleteAsync(name, known, _options.Grace, cancellation);
        }

        // The answer to its creation was lost, or has not come yet: look what there is of that name.
        var found = await _pods.GetAsync(name, cancellation);
        if (found.Error is { Status: 404 })
            return true;
        if (found.Found is not { } pod)
            return false;
        return !PodNames.TryRead(pod, out var id) || id != record.Id || await _pods.DeleteAsync(name, PodNames.UidOf(pod), _options.Grace, cancellation);
    }

    /// <summary>Before the pod goes: who is attached hears why, and what was recorded stays.</summary>
    private async Task EndTerminalAsync(Uri agent, JsonObject pod, SessionId id, SessionEnding why, CancellationToken cancellation)
    {
        if (PodTemplate.SecretOf(pod) is not { } secret)
            return;
        var isRecorded = PodTemplate.IsRecorded(pod);
        await _agents.EndAsync(agent, secret, id, AgentExit.CauseOf(why), keeps: isRecorded, cancellation);
        if (isRecorded)
            await _watch.Recordings.KeepAsync(agent, secret, id, cancellation);
    }

    public async Task<SessionResult?> ResultAsync(SessionRecord record, CancellationToken cancellation)
    {
        if (record.Place is not { Url: { } agent, Host: var name } place)
            return null;
        var pod = (await _pods.GetAsync(name, cancellation)).Found;
        return pod is not null && PodNames.UidOf(pod) == place.Uid && PodTemplate.SecretOf(pod) is { } secret
            ? await _agents.ResultAsync(agent, secret, record.Id, cancellation)
            : null;
    }

    public async Task<IReadOnlySet<SessionId>?> LivingAsync(CancellationToken cancellation)
    {
        var pods = await _pods.ListAsync(PodNames.Selector(_options.Gateway), cancellation);
        if (pods.Error is not null)
            return null;
        var living = new HashSet<SessionId>();
        foreach (var pod in pods.Items)
        {
            if (PodNames.TryRead(pod, out var id) && PodEnd.Of(pod) is null)
                living.Add(id);
        }

        return living;
    }

    public async Task<int> SweepAsync(Func<SessionId, Task<bool>> isKnown, CancellationToken cancellation)
    {
        var pods = await _pods.ListAsync(PodNames.Selector(_options.Gateway), cancellation);
        if (pods.Error is { } error)
        {
            _log.SweepFailed(error.ToString());
            return 0;
        }

        var swept = 0;
        foreach (var pod in pods.Items)
        {
            if (await NeedlessAsync(pod, isKnown) is not { } why)
                continue;
            if (!await _pods.DeleteAsync(PodNames.NameOf(pod), PodNames.UidOf(pod), _options.Grace, cancellation))
                continue;
            _log.OrphanSwept(PodNames.NameOf(pod), why);
            swept++;
        }

        return swept;
    }

    /// <returns>Why nobody needs the pod; null when somebody may, or it is going already.</returns>
    private async Task<string?> NeedlessAsync(JsonObject pod, Func<SessionId, Task<bool>> isKnown)
    {
        if (!PodNames.TryRead(pod, out var id) || pod.Text("metadata", "deletionTimestamp") is not null)
            return null;
        if (PodNames.ExpiryOf(pod) is { } expiry && expiry <= _time.GetUtcNow())
            return "its life is over";
        var isYoung = PodNames.CreationOf(pod) is { } created && _time.GetUtcNow() - created < YoungestOrphan;
        return isYoung || await isKnown(id) ? null : "no session that runs has it";
    }

    private async Task<(JsonObject? Owner, KubeError? Error)> OwnerAsync(CancellationToken cancellation)
    {
        if (_options.Owner is not { } wanted)
            return (null, null);
        if (_owner is { } known && _time.GetElapsedTime(known.At) < OwnerLife)
            return (known.Object, null);
        var answer = await _client.GetAsync(wanted.PathIn(_space), cancellation);
        if (answer.Found is { } found)
            _owner = new OwnerFound(found, _time.GetTimestamp());
        return (answer.Found, answer.Error);
    }

    private StartAnswer Refuse(SessionOrder order, KubeError error)
    {
        var (ending, text) = Refusals.Read(error);
        // Neither goes away by itself, and no session starts until then.
        if (ending == SessionEndings.RunnerDenied || error.Status == NotFound)
            _denied = text;
        return Refuse(order, ending, text);
    }

    private StartAnswer Refuse(SessionOrder order, SessionEnding ending, string text)
    {
        _log.PodRefused(order.Id, ending.Label, text);
        return new StartAnswer(null, new SessionEnd(ending.Label, text, _time.GetUtcNow()));
    }

    private sealed record OwnerFound(JsonObject Object, long At);
}
