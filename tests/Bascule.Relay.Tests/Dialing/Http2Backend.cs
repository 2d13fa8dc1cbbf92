using System.Net;
using System.Net.WebSockets;
using System.Threading.Channels;
using Bascule.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Bascule.Relay.Tests;

/// <summary>What a server saw of one request.</summary>
/// <param name="Ended">How its WebSocket ended: the close code, or the exception that broke it.</param>
internal sealed record SeenRequest(string Protocol, string RawTarget, IReadOnlyDictionary<string, string> Headers, Task<string> Ended);

/// <summary>Kestrel and the WebSockets of ASP.NET as a back end: it echoes, unless the test says what else.</summary>
internal sealed class Http2Backend : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<SeenRequest> _seen = Channel.CreateUnbounded<SeenRequest>();
    private int _connections;

    private Http2Backend(WebApplication app) => _app = app;

    /// <summary>TCP connections that were taken.</summary>
    internal int Connections => Volatile.Read(ref _connections);

    internal Uri Url => new(_app.Urls.Single());

    /// <param name="serve">Instead of WebSockets that echo.</param>
    internal static async Task<Http2Backend> StartAsync(
        bool tls = false, HttpProtocols protocols = HttpProtocols.Http2, int maxStreams = 100, RequestDelegate? serve = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        Http2Backend? backend = null;
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            HttpForwarder.Prepare(kestrel);
            kestrel.Limits.Http2.MaxStreamsPerConnection = maxStreams;
            kestrel.Listen(IPAddress.Loopback, 0, listener =>
            {
                listener.Protocols = protocols;
                listener.Use(next => connection =>
                {
                    Interlocked.Increment(ref backend!._connections);
                    return next(connection);
                });
                if (tls)
                    listener.UseHttps(LoopbackServer.OwnCertificate());
            });
        });
        var app = builder.Build();
        backend = new Http2Backend(app);
        app.UseWebSockets();
        app.Run(serve ?? backend.EchoAsync);
        await app.StartAsync();
        return backend;
    }

    internal Task<SeenRequest> SeenAsync() => _seen.Reader.ReadAsync().Soon();

    /// <summary>Stops; a token that has fired already cuts what is open.</summary>
    internal Task StopAsync(CancellationToken cut) => _app.StopAsync(cut);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>Waits until the gateway lets go of the request.</summary>
    internal static Task AbortedAsync(HttpContext context)
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        context.RequestAborted.UnsafeRegister(static aborted => ((TaskCompletionSource)aborted!).SetResult(), aborted);
        return aborted.Task;
    }

    internal async Task EchoAsync(HttpContext context)
    {
        var ended = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var headers = context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        _seen.Writer.TryWrite(new SeenRequest(context.Request.Protocol, context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, headers, ended.Task));
        try
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync(context.WebSockets.WebSocketRequestedProtocols.FirstOrDefault());
            ended.SetResult(await EchoAsync(socket, context));
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            ended.TrySetResult(e.GetType().Name);
        }
    }

    /// <summary>Some words are orders: <c>leave</c> without a close frame, <c>abort</c>, <c>close</c>, <c>deaf</c> (reads no more).</summary>
    private static async Task<string> EchoAsync(WebSocket socket, HttpContext context)
    {
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var message = await socket.ReceiveAsync(buffer, CancellationToken.None);
            if (message.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, socket.CloseStatusDescription, CancellationToken.None);
                return $"closed {(int?)socket.CloseStatus}";
            }

            switch (message.Count < 20 ? System.Text.Encoding.UTF8.GetString(buffer, 0, message.Count) : "")
            {
                case "leave":
                    return "left";
                case "abort":
                    context.Abort();
                    return "aborted";
                case "close":
                    await socket.CloseAsync(WebSocketCloseStatus.PolicyViolation, "enough", CancellationToken.None);
                    return $"closed {(int?)socket.CloseStatus}";
                case "deaf":
                    await AbortedAsync(context);
                    return "deaf to the end";
                default:
                    await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, CancellationToken.None);
                    break;
            }
        }
    }
}
