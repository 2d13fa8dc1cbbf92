using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace Bascule.Sessions.Kubernetes;

/// <summary>Who wants to know the objects of a collection. Called from one task, and does not block.</summary>
internal interface IWatchReader
{
    /// <summary>All that there are now: what is not among them is gone.</summary>
    void Listed(IReadOnlyList<JsonObject> objects);

    void Changed(JsonObject changed);

    void Deleted(JsonObject last);
}

/// <summary>Keeps a reader up to date with a collection: lists it, watches it from there, and lists anew when the server no longer has the history between.</summary>
internal sealed class ListWatch(KubeClient client, string collection, string query, IWatchReader reader, ILogger log, TimeProvider time)
{
    // Under the 5 minutes after which many proxies cut what goes on.
    private const int WatchSeconds = 290;

    // A server that neither ends its watch in time nor says anything is dead.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(WatchSeconds + 30);

    private volatile string? _fault = "the first list is still under way";
    private string _version = "";

    // Since the last event. Each wait doubles with it.
    private int _failures;

    /// <summary>Why what the reader knows may be old; null while the watch stands.</summary>
    internal string? Fault => _fault;

    /// <summary>After <see cref="Fault"/> has become another.</summary>
    internal Action FaultChanged { get; init; } = static () => { };

    /// <summary>Until cancelled. Never fails: what goes wrong is waited out, and told by <see cref="Fault"/>.</summary>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await FollowAsync(cancellation);
                log.WatchExpired(collection);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                // The owner ends the watch.
                return;
            }
            catch (Exception defect)
            {
                // Of the reader, or of what the server wrote: without this one loop nobody would hear of any pod again.
                log.WatchBroke(defect, collection);
                _failures++;
            }
        }
    }

    /// <summary>Lists, and watches until the server no longer has the history from where the watch is.</summary>
    private async Task FollowAsync(CancellationToken cancellation)
    {
        if (_failures > 0)
            await WaitAsync(cancellation);
        await RelistAsync(cancellation);
        while (await WatchAsync(cancellation) is null or { IsGone: false })
        {
            if (_failures > 0)
                await WaitAsync(cancellation);
        }
    }

    private async Task RelistAsync(CancellationToken cancellation)
    {
        while (await ListAsync(cancellation) is { } error)
        {
            Failed(error);
            await WaitAsync(cancellation);
        }
    }

    private async Task<KubeError?> ListAsync(CancellationToken cancellation)
    {
        var list = await client.ListAsync(collection, query, cancellation);
        if (list.Error is { } error)
            return error;
        _version = list.Version;
        Become(null);
        reader.Listed(list.Items);
        return null;
    }

    /// <summary>One watch from the last known version to its end. Null: it ended as it should, or was cut; go on from the version reached.</summary>
    private async Task<KubeError?> WatchAsync(CancellationToken cancellation)
    {
        var (answer, refused) = await client.OpenAsync(
            $"{collection}?watch=1&allowWatchBookmarks=true&timeoutSeconds={WatchSeconds}&resourceVersion={Uri.EscapeDataString(_version)}&{query}", cancellation);
        if (answer is null)
        {
            if (!refused!.IsGone)
                Failed(refused);
            return refused;
        }

        Become(null);
        using (answer)
        using (var silence = new CancellationTokenSource(Silence, time))
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellation))
        {
            try
            {
                await using var stream = await answer.Content.ReadAsStreamAsync(either.Token);
                return await ReadAsync(stream, either.Token);
            }
            catch (Exception fault) when (fault is IOException or HttpRequestException or JsonException
                || (fault is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                Failed(KubeError.Unreached($"the watch was cut: {fault.Message}"));
                return null;
            }
        }
    }

    private async Task<KubeError?> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        var any = false;
        await foreach (var change in WatchLines.ReadAsync(stream, cancellation))
        {
            if (change.Type == "ERROR")
            {
                var error = KubeError.OfStatus(change.Object);
                if (!error.IsGone)
                    Failed(error);
                return error;
            }

            any = true;
            _failures = 0;
            Become(null);
            Pass(change);
        }

        // A server that ends its watches at once would be asked without a pause.
        if (!any)
            _failures++;
        return null;
    }

    private void Pass(WatchEvent change)
    {
        _version = change.Object.Text("metadata", "resourceVersion") ?? _version;
        if (change.Type is "ADDED" or "MODIFIED")
            reader.Changed(change.Object);
        else if (change.Type == "DELETED")
            reader.Deleted(change.Object);
    }

    private void Failed(KubeError error)
    {
        // A single cut is nothing: watches are cut by every restart of the API server.
        if (++_failures == 1 && _version.Length > 0)
        {
            log.WatchCut(collection, error.ToString());
            return;
        }

        Become(error.ToString());
        log.WatchFailed(collection, error.ToString(), _failures);
    }

    private void Become(string? fault)
    {
        if (fault == _fault)
            return;
        _fault = fault;
        FaultChanged();
    }

    /// <summary>Full jitter, so that the gateways of a server that comes back do not ask in step.</summary>
    private Task WaitAsync(CancellationToken cancellation)
    {
        var longest = Math.Min(client.Limits.LongestWait.TotalSeconds, client.Limits.FirstWait.TotalSeconds * Math.Pow(2, Math.Min(_failures, 16) - 1));
        return Task.Delay(TimeSpan.FromSeconds(longest * Random.Shared.NextDouble()), time, cancellation);
    }
}
