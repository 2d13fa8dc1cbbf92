using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Bascule.Kubernetes.Fake;

/// <summary>Scheduler and kubelet: takes each pod through its life, as the annotation or label <see cref="Play"/> says.</summary>
/// <remarks>
/// Plays: <c>image-pull</c>, <c>config-error</c>, <c>start-error</c>, <c>unschedulable</c>, <c>never-ready</c>, <c>evicted</c>, <c>oom</c>, <c>node-lost</c>, <c>deadline</c>,
/// <c>taint</c> (marked and never removed, for its node is gone), <c>exit-N</c>. Without one it runs until it is deleted, or as long as its process does.
/// </remarks>
internal sealed class PodPlayer(ObjectStore store, PodLauncher? launcher, TimeProvider time) : IAsyncDisposable
{
    internal const string Play = "fake.bascule.io/play";

    /// <summary>Exit code of a container whose program could not be run.</summary>
    internal const int StartErrorCode = 128;

    private const string Node = "fake-node-1";
    private const int LongestMessage = 4096;

    private static readonly TimeSpan ProbeEvery = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, IPodProcess> _processes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _ending = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, byte> _tasks = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpClient _probe = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(2) };
    private readonly PodNetwork _network = PodNetwork.Take();
    private Task _running = Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await Task.WhenAll(_processes.Values.Select(process => process.StopAsync(TimeSpan.Zero)));
        await Task.WhenAll(_tasks.Keys);
        _network.Dispose();
        _probe.Dispose();
        _stop.Dispose();
    }

    internal void Start() => _running = FollowAsync();

    internal string? LogOf(JsonObject pod) => _processes.TryGetValue(pod.Text("metadata", "uid")!, out var process) ? process.Log : null;

    private async Task FollowAsync()
    {
        var version = store.Version;
        while (!_stop.IsCancellationRequested)
        {
            var changed = store.ChangedAsync();
            if (store.After(ResourceKind.Pods, null, version) is var (events, reached))
            {
                version = reached;
                foreach (var change in events)
                    See(change);
            }
            else
            {
                // The history was thrown away by a test: look at all of them.
                (var pods, version) = store.List(ResourceKind.Pods, null);
                foreach (var pod in pods)
                    See(new StoreEvent(version, "MODIFIED", ResourceKind.Pods, pod.Text("metadata", "namespace")!, pod, pod));
            }

            await changed.WaitAsync(_stop.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private void See(StoreEvent change)
    {
        var uid = change.Object.Text("metadata", "uid")!;
        if (change.Type == "DELETED")
            Begin(() => StopAsync(uid, TimeSpan.Zero));
        else if (change.Object.Text("metadata", "deletionTimestamp") is not null)
            Begin(() => EndAsync(change.Object));
        else if (change.Object.Text("spec", "nodeName") is null && change.Object.At("status", "conditions") is null)
            Begin(() => PlayAsync(change.Object));
    }

    private void Begin(Func<Task> work)
    {
        var task = Task.Run(work);
        _tasks[task] = 0;
        // One that failed stays: whoever disposes of the cluster hears of it.
        _ = task.ContinueWith(done => _tasks.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously | TaskContinuationOptions.NotOnFaulted, TaskScheduler.Default);
    }

    private async Task PlayAsync(JsonObject pod)
    {
        if (!_ending.TryAdd("begun " + pod.Text("metadata", "uid"), 0))
            return;
        var play = pod.Text("metadata", "annotations", Play) ?? pod.Text("metadata", "labels", Play) ?? "";
        if (play == "unschedulable")
        {
            const string why = "0/3 nodes are available: 3 Insufficient memory. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.";
            Set(pod, one => PodStatus.Unschedulable(one, why, store.Now()));
            Tell(pod, "Warning", "FailedScheduling", why);
            return;
        }

        Set(pod, one => PodStatus.Scheduled(one, Node, store.Now()));
        Tell(pod, "Normal", "Scheduled", $"Successfully assigned {pod.Text("metadata", "namespace")}/{pod.Text("metadata", "name")} to {Node}");
        if (play is "image-pull" or "config-error")
            Stick(pod, play);
        else
            await RunAsync(pod, play);
    }

    private void Stick(JsonObject pod, string play)
    {
        var image = pod.Items("spec", "containers").First().Text("image");
        if (play == "config-error")
        {
            Set(pod, one => PodStatus.Waiting(one, "CreateContainerConfigError", "secret \"missing\" not found"));
            Tell(pod, "Warning", "Failed", "Error: secret \"missing\" not found");
            return;
        }

        Set(pod, one => PodStatus.Waiting(one, "ErrImagePull", $"failed to pull and unpack image \"{image}\": not found"));
        Tell(pod, "Warning", "Failed", $"Failed to pull image \"{image}\": rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": not found");
        Set(pod, one => PodStatus.Waiting(one, "ImagePullBackOff", $"Back-off pulling image \"{image}\""));
    }

    private async Task RunAsync(JsonObject pod, string play)
    {
        var address = _network.NextAddress();
        var process = launcher is not null && play.Length == 0 ? await launcher(PodStart.Of(pod, address)) : null;
        if (process is not null)
            _processes[pod.Text("metadata", "uid")!] = process;
        Set(pod, one => PodStatus.Running(one, address, ready: false, store.Now()));
        Tell(pod, "Normal", "Started", "Started container");
        if (play == "never-ready")
        {
            Tell(pod, "Warning", "Unhealthy", $"Readiness probe failed: Get \"http://{address}:8686/health\": dial tcp {address}:8686: connect: connection refused");
            return;
        }

        if (process is null || await IsReadyAsync(pod, address, process))
            Set(pod, one => PodStatus.Running(one, address, ready: true, store.Now()));
        if (process is not null)
            await FinishAsync(pod, process);
        else if (play.Length > 0)
            Finish(pod, play);
    }

    /// <summary>Probes as the readiness probe says. False: it ended before.</summary>
    private async Task<bool> IsReadyAsync(JsonObject pod, string address, IPodProcess process)
    {
        var probe = pod.Items("spec", "containers").First().At("readinessProbe", "httpGet");
        while (probe is not null && !process.Exited.IsCompleted && !_stop.IsCancellationRequested)
        {
            try
            {
                using var answer = await _probe.GetAsync(new Uri($"http://{address}:{probe.Number("port")}{probe.Text("path")}"), _stop.Token);
                if (answer.IsSuccessStatusCode)
                    return true;
            }
            catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException)
            {
                // Not yet.
            }

            await Task.WhenAny(process.Exited, Task.Delay(ProbeEvery, time, _stop.Token));
        }

        return probe is null;
    }

    private async Task FinishAsync(JsonObject pod, IPodProcess process)
    {
        var code = await process.Exited;
        var fallsBack = pod.Items("spec", "containers").First().Text("terminationMessagePolicy") == "FallbackToLogsOnError";
        var log = process.Log.TrimEnd();
        var message = fallsBack && code != 0 ? log[Math.Max(0, log.Length - LongestMessage)..] : "";
        Set(pod, one => PodStatus.Terminated(one, code, code == 0 ? "Completed" : code == StartErrorCode ? "StartError" : "Error", message, store.Now()));
    }

    private void Finish(JsonObject pod, string play)
    {
        var now = store.Now();
        Set(pod, one => play switch
        {
            "evicted" => PodStatus.Failed(one, "Evicted", "The node was low on resource: memory. Threshold quantity: 100Mi, available: 56Mi.",
                PodStatus.Condition("DisruptionTarget", "True", now, "TerminationByKubelet", "The node was low on resource: memory.")),
            "node-lost" => PodStatus.Failed(one, "NodeLost", $"Node {Node} which was running pod {one.Text("metadata", "name")} is unresponsive"),
            "deadline" => PodStatus.Failed(one, "DeadlineExceeded", "Pod was active on the node longer than the specified deadline"),
            "oom" => PodStatus.Terminated(one, 137, "OOMKilled", "", now),
            "start-error" => PodStatus.Terminated(one, StartErrorCode, "StartError", "exec: \"bascule\": executable file not found in $PATH", now),
            "taint" => Tainted(one, now),
            _ when play.StartsWith("exit-", StringComparison.Ordinal) => Exited(one, int.Parse(play[5..], CultureInfo.InvariantCulture), now),
            _ => one,
        });
    }

    private static JsonObject Exited(JsonObject pod, int code, string now) => PodStatus.Terminated(pod, code, code == 0 ? "Completed" : "Error", "", now);

    /// <summary>Nobody is there to end it: so its deletion is never confirmed.</summary>
    private JsonObject Tainted(JsonObject pod, string now)
    {
        _ending.TryAdd(pod.Text("metadata", "uid")!, 0);
        pod["metadata"]!["deletionTimestamp"] = now;
        ((JsonArray)pod["status"]!["conditions"]!).Add(PodStatus.Condition("DisruptionTarget", "True", now, "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint"));
        return pod;
    }

    /// <summary>Somebody deleted it with grace: its process is ended, then it is removed.</summary>
    private async Task EndAsync(JsonObject pod)
    {
        var uid = pod.Text("metadata", "uid")!;
        if (!_ending.TryAdd(uid, 0))
            return;
        await StopAsync(uid, TimeSpan.FromSeconds(pod.Number("metadata", "deletionGracePeriodSeconds") ?? 0));
        store.Remove(ResourceKind.Pods, pod.Text("metadata", "namespace")!, pod.Text("metadata", "name")!, uid);
    }

    private async Task StopAsync(string uid, TimeSpan grace)
    {
        if (_processes.TryRemove(uid, out var process) && !process.Exited.IsCompleted)
            await process.StopAsync(grace);
    }

    /// <summary>Changes the pod, if it is still there: a namesake is not touched.</summary>
    private void Set(JsonObject pod, Func<JsonObject, JsonObject> change)
    {
        var (space, name) = (pod.Text("metadata", "namespace")!, pod.Text("metadata", "name")!);
        if (store.Find(ResourceKind.Pods, space, name).Text("metadata", "uid") != pod.Text("metadata", "uid"))
            return;
        try
        {
            store.Update(ResourceKind.Pods, space, name, one => one.Text("metadata", "uid") == pod.Text("metadata", "uid") ? change(one) : one);
        }
        catch (ApiException)
        {
            // Deleted between the look and the change.
        }
    }

    private void Tell(JsonObject pod, string type, string reason, string message)
    {
        var (space, name) = (pod.Text("metadata", "namespace")!, pod.Text("metadata", "name")!);
        store.Create(ResourceKind.Events, space, new JsonObject
        {
            ["metadata"] = new JsonObject { ["generateName"] = name + "." },
            ["type"] = type,
            ["reason"] = reason,
            ["message"] = message,
            ["count"] = 1,
            ["firstTimestamp"] = store.Now(),
            ["lastTimestamp"] = store.Now(),
            ["source"] = new JsonObject { ["component"] = reason.Contains("chedul", StringComparison.Ordinal) ? "default-scheduler" : "kubelet" },
            ["involvedObject"] = new JsonObject { ["kind"] = "Pod", ["apiVersion"] = "v1", ["namespace"] = space, ["name"] = name, ["uid"] = pod.Text("metadata", "uid") },
        });
    }
}
