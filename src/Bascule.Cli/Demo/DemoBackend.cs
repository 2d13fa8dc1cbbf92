using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Bascule.Cli;

/// <summary>The back end of the demo: an echo, a clock over WebSocket and SSE, and a page. It knows nothing of Bascule.</summary>
internal sealed class DemoBackend : IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly WebApplication _app;
    private readonly TimeProvider _time;

    private DemoBackend(WebApplication app, TimeProvider time)
    {
        _app = app;
        _time = time;
    }

    /// <summary>For example <c>http://127.0.0.1:40123</c>.</summary>
    internal string Url => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    internal static async Task<DemoBackend> StartAsync(TimeProvider time, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var backend = new DemoBackend(app, time);
        app.UseWebSockets();
        app.Run(backend.HandleAsync);
        await app.StartAsync(cancellation);
        return backend;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private Task HandleAsync(HttpContext context) => context.Request.Path.Value switch
    {
        "/clock" when context.WebSockets.IsWebSocketRequest => ClockAsync(context),
        _ when context.WebSockets.IsWebSocketRequest => EchoAsync(context),
        "/events" => EventsAsync(context),
        "/" => PageAsync(context),
        _ => NotFoundAsync(context),
    };

    private static async Task EchoAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var user = context.Request.Headers["X-Bascule-User"].ToString();
        if (user.Length > 0)
            await socket.SendAsync(Encoding.UTF8.GetBytes($"hello {user}"), WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var piece = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
            if (piece.MessageType == WebSocketMessageType.Close)
                break;
            await socket.SendAsync(buffer.AsMemory(0, piece.Count), piece.MessageType, piece.EndOfMessage, context.RequestAborted);
        }

        await socket.CloseOutputAsync(socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, socket.CloseStatusDescription, context.RequestAborted);
    }

    private async Task ClockAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var closing = ReadUntilCloseAsync(socket, stop);
        using var timer = new PeriodicTimer(Tick, _time);
        try
        {
            do
                await socket.SendAsync(Encoding.UTF8.GetBytes(Now()), WebSocketMessageType.Text, endOfMessage: true, stop.Token);
            while (await timer.WaitForNextTickAsync(stop.Token));
        }
        catch (OperationCanceledException)
        {
            // The client closed, or left: either ends the clock.
            await closing;
        }
    }

    private static async Task ReadUntilCloseAsync(WebSocket socket, CancellationTokenSource stop)
    {
        var buffer = new byte[1024];
        while ((await socket.ReceiveAsync(buffer.AsMemory(), stop.Token)).MessageType != WebSocketMessageType.Close)
        {
            // The clock listens to nothing but the close frame.
        }

        await socket.CloseOutputAsync(socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, socket.CloseStatusDescription, stop.Token);
        await stop.CancelAsync();
    }

    private async Task EventsAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        using var timer = new PeriodicTimer(Tick, _time);
        do
        {
            await context.Response.WriteAsync($"event: tick\ndata: {Now()}\n\n", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
        while (await timer.WaitForNextTickAsync(context.RequestAborted));
    }

    private static Task PageAsync(HttpContext context)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(DemoPage.Html, context.RequestAborted);
    }

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return context.Response.WriteAsync("The demo back end has /, /echo, /clock and /events.\n", context.RequestAborted);
    }

    private string Now() => _time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
