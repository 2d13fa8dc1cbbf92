using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Bascule.System.Tests;

/// <summary>An echo on ASP.NET Core, each second connection of which breaks after its first message, until it is mended.</summary>
internal sealed class FlakyBackend : IAsyncDisposable
{
    private readonly WebApplication _app;
    private volatile bool _isMended;
    private int _connections;

    private FlakyBackend(WebApplication app) => _app = app;

    internal string Url => _app.Urls.Single();

    internal static async Task<FlakyBackend> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var backend = new FlakyBackend(builder.Build());
        backend._app.UseWebSockets();
        backend._app.Run(backend.ServeAsync);
        await backend._app.StartAsync();
        return backend;
    }

    internal void Mend() => _isMended = true;

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var breaks = Interlocked.Increment(ref _connections) % 2 == 0;
        var buffer = new byte[1024];
        try
        {
            while (await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } message)
            {
                if (breaks && !_isMended)
                {
                    context.Abort();
                    return;
                }

                await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, context.RequestAborted);
            }

            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", context.RequestAborted);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // The other side left without a word; nothing is to be kept.
        }
    }
}
