using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>One ordinary request under way.</summary>
internal sealed class OpenRequest : IDisposable
{
    private const string EventStream = "text/event-stream";

    private readonly OpenRequests _all;
    // Has no timer and no links of its own, so that it needs no disposal: a late end may still cancel it.
    private readonly CancellationTokenSource _source = new();
    private readonly CancellationTokenRegistration _onClient;
    private volatile bool _isEventStream;
    private volatile bool _ended;

    internal OpenRequest(HttpContext context, OpenRequests all)
    {
        _all = all;
        _onClient = context.RequestAborted.UnsafeRegister(static request => ((OpenRequest)request!)._source.Cancel(), this);
        _isEventStream = context.Request.Headers.Accept.ToString().Contains(EventStream, StringComparison.OrdinalIgnoreCase);
        if (_isEventStream)
            return;
        context.Response.OnStarting(() =>
        {
            _isEventStream = context.Response.ContentType?.StartsWith(EventStream, StringComparison.OrdinalIgnoreCase) == true;
            return Task.CompletedTask;
        });
    }

    /// <summary>Fires when the client leaves, and when the stop of the gateway ends the request.</summary>
    internal CancellationToken Token => _source.Token;

    /// <summary>Its client asked for events, or the answer turned out to be a stream of them.</summary>
    internal bool IsEventStream => _isEventStream;

    /// <summary>The stop of the gateway ended it.</summary>
    internal bool Ended => _ended;

    internal void End()
    {
        _ended = true;
        _source.Cancel();
    }

    public void Dispose()
    {
        _onClient.Dispose();
        _all.Leave(this);
    }
}
