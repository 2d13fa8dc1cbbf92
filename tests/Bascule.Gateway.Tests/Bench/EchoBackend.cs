using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway.Tests;

/// <summary>A well-behaved back end: echoes WebSockets, answers HTTP with what it was asked, and sends events under <c>/events</c>.</summary>
internal sealed class EchoBackend : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TaskCompletionSource _nextEvent = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int _left;

    private EchoBackend(WebApplication app) => _app = app;

    internal string Url => _app.Urls.First();

    /// <summary>What it was asked, in order.</summary>
    internal ConcurrentQueue<SeenAsk> Seen { get; } = new();

    /// <summary>A subprotocol that it agrees to when it is offered.</summary>
    internal string? Subprotocol { get; init; }

    /// <summary>Clients that left an event stream before its second event.</summary>
    internal int Left => Volatile.Read(ref _left);

    internal SeenAsk Last => Seen.Last();

    internal static async Task<EchoBackend> StartAsync(string? subprotocol = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var backend = new EchoBackend(builder.Build()) { Subprotocol = subprotocol };
        backend._app.UseWebSockets();
        backend._app.Run(backend.HandleAsync);
        await backend._app.StartAsync();
        return backend;
    }

    /// <summary>Lets the second event of <c>/events</c> go out.</summary>
    internal void SendNextEvent() => _nextEvent.TrySetResult();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private Task HandleAsync(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        Seen.Enqueue(new SeenAsk(target, context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        if (context.WebSockets.IsWebSocketRequest)
            return EchoAsync(context);
        return context.Request.Path.Value!.EndsWith("/events", StringComparison.Ordinal)
            ? SendEventsAsync(context)
            : context.Response.WriteAsync(JsonSerializer.Serialize(Seen.Last()));
    }

    private async Task EchoAsync(HttpContext context)
    {
        var agreed = context.WebSockets.WebSocketRequestedProtocols.FirstOrDefault(p => p == Subprotocol);
        using var socket = await context.WebSockets.AcceptWebSocketAsync(agreed);
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var got = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
            if (got.MessageType == WebSocketMessageType.Close)
                break;
            await socket.SendAsync(buffer.AsMemory(0, got.Count), got.MessageType, got.EndOfMessage, context.RequestAborted);
        }

        await socket.CloseOutputAsync(socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, socket.CloseStatusDescription, context.RequestAborted);
    }

    private async Task SendEventsAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync("data: first\n\n");
        await context.Response.Body.FlushAsync();
        try
        {
            await _nextEvent.Task.WaitAsync(context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref _left);
            throw;
        }

        await context.Response.WriteAsync("data: second\n\n");
    }
}

/// <summary>A request as the back end saw it.</summary>
internal sealed record SeenAsk(string Target, IReadOnlyDictionary<string, string> Headers)
{
    internal string? Field(string name) => Headers.GetValueOrDefault(name);
}
