using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Bascule.Kubernetes.Fake;

/// <summary>What tests do to watches that are open.</summary>
internal sealed class WatchControl(ObjectStore store)
{
    internal int Dropped;
    internal int Expired;
    internal int Bookmarks;
    private int _open;

    internal int Open => Volatile.Read(ref _open);

    internal void Enter() => Interlocked.Increment(ref _open);

    internal void Leave() => Interlocked.Decrement(ref _open);

    /// <param name="counter">One of the fields above.</param>
    internal void Order(ref int counter)
    {
        Interlocked.Increment(ref counter);
        store.Wake();
    }
}

/// <summary>One watch: the changes after a version, as lines, until its time is over.</summary>
internal sealed class WatchAnswer(ObjectStore store, WatchControl control, ApiRequest request, HttpContext context, TimeProvider time)
{
    private static readonly TimeSpan BookmarkEvery = TimeSpan.FromMinutes(1);

    private readonly IQueryCollection _query = context.Request.Query;
    private readonly Selectors _selectors = new(context.Request.Query["labelSelector"], context.Request.Query["fieldSelector"]);
    private readonly bool _asTable = Tables.IsWanted(context.Request);
    private bool _isFirstRow = true;

    internal async Task RunAsync()
    {
        var wanted = _query["resourceVersion"].ToString();
        var sendsInitial = wanted is "" or "0" || _query["sendInitialEvents"] == "true";
        var version = sendsInitial ? 0 : long.Parse(wanted, CultureInfo.InvariantCulture);
        if (!sendsInitial && store.After(request.Kind, request.Namespace, version) is null)
            throw ApiException.Expired();
        control.Enter();
        try
        {
            context.Response.ContentType = "application/json";
            await context.Response.StartAsync();
            if (sendsInitial)
                version = await SendInitialAsync();
            await context.Response.Body.FlushAsync();
            await FollowAsync(version);
        }
        finally
        {
            control.Leave();
        }
    }

    private async Task<long> SendInitialAsync()
    {
        var (objects, version) = store.List(request.Kind, request.Namespace);
        foreach (var one in objects.Where(_selectors.Match))
            await SendAsync("ADDED", one);
        if (_query["sendInitialEvents"] == "true")
            await SendAsync("BOOKMARK", Bookmark(version, isEndOfInitial: true));
        return version;
    }

    private async Task FollowAsync(long version)
    {
        var (dropped, expired, bookmarks) = (control.Dropped, control.Expired, control.Bookmarks);
        var seconds = int.TryParse(_query["timeoutSeconds"], out var given) ? given : 1800;
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(seconds), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, context.RequestAborted);
        while (!either.IsCancellationRequested)
        {
            var changed = store.ChangedAsync();
            if (control.Dropped != dropped)
            {
                context.Abort();
                return;
            }

            var after = control.Expired == expired ? store.After(request.Kind, request.Namespace, version) : null;
            if (after is not var (events, reached))
            {
                await SendAsync("ERROR", ApiException.Expired().ToStatus());
                return;
            }

            foreach (var change in events)
                await SendChangeAsync(change);
            version = reached;
            if (control.Bookmarks != bookmarks)
            {
                bookmarks = control.Bookmarks;
                await SendAsync("BOOKMARK", Bookmark(version));
            }

            await context.Response.Body.FlushAsync(CancellationToken.None);
            if (!await WaitAsync(changed, either.Token) && _query["allowWatchBookmarks"].ToString() is "1" or "true")
                await SendAsync("BOOKMARK", Bookmark(version));
        }
    }

    /// <summary>False when it is time for a bookmark.</summary>
    private async Task<bool> WaitAsync(Task changed, CancellationToken cancellation)
    {
        try
        {
            await changed.WaitAsync(BookmarkEvery, time, cancellation);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        catch (OperationCanceledException)
        {
            // Its time is over, or the client went: the loop ends.
            return true;
        }
    }

    /// <summary>An object that no longer matches is gone for this watch; one that begins to is new.</summary>
    private Task SendChangeAsync(StoreEvent change)
    {
        var was = change.Before is not null && _selectors.Match(change.Before);
        var isNow = change.Type != "DELETED" && _selectors.Match(change.Object);
        return (was, isNow) switch
        {
            (true, true) => SendAsync("MODIFIED", change.Object),
            (false, true) => SendAsync("ADDED", change.Object),
            (true, false) => SendAsync("DELETED", change.Object),
            _ => Task.CompletedTask,
        };
    }

    private async Task SendAsync(string type, JsonObject changed)
    {
        var shown = changed;
        if (_asTable && type is not ("ERROR" or "BOOKMARK"))
        {
            shown = Tables.Of(request.Kind, [changed], changed.Text("metadata", "resourceVersion") ?? "", context.Request, time.GetUtcNow(), withColumns: _isFirstRow);
            _isFirstRow = false;
        }

        var line = $"{{\"type\":\"{type}\",\"object\":{shown.ToJsonString()}}}\n";
        await context.Response.WriteAsync(line);
    }

    private JsonObject Bookmark(long version, bool isEndOfInitial = false)
    {
        var metadata = new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture), ["creationTimestamp"] = null };
        if (isEndOfInitial)
            metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        return new JsonObject { ["kind"] = request.Kind.Kind, ["apiVersion"] = request.Kind.GroupVersion, ["metadata"] = metadata };
    }
}
