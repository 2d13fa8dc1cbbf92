using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Bascule.Cli.Tests;

/// <summary>A server that speaks contract/messages.md as a test tells it to: one script for each connection, the last one again and again.</summary>
internal sealed class TopicServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Queue<Func<Talk, Task>> _talks = new();
    private readonly List<(int Status, string Type, string Text)> _answers = [];

    private TopicServer(WebApplication app) => _app = app;

    internal ConcurrentQueue<Posted> Posts { get; } = new();

    /// <summary>The heads of the connections, in their order.</summary>
    internal ConcurrentQueue<Asked> Connections { get; } = new();

    internal string Url => _app.Urls.First();

    internal string WebSocketUrl => Url.Replace("http:", "ws:", StringComparison.Ordinal) + "/ws";

    internal static async Task<TopicServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new TopicServer(builder.Build());
        server._app.UseWebSockets();
        server._app.Run(server.ServeAsync);
        await server._app.StartAsync();
        return server;
    }

    internal TopicServer Then(Func<Talk, Task> talk)
    {
        _talks.Enqueue(talk);
        return this;
    }

    /// <summary>What the next POST is answered; the last one again and again.</summary>
    internal TopicServer Answers(int status, string text, string type = "application/json")
    {
        _answers.Add((status, type, text));
        return this;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            using var body = new StreamReader(context.Request.Body);
            var (status, type, text) = _answers[Math.Min(Posts.Count, _answers.Count - 1)];
            Posts.Enqueue(new Posted(context.Request.Path, await body.ReadToEndAsync(), context.Request.Headers.ToDictionary(f => f.Key, f => f.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
            context.Response.StatusCode = status;
            context.Response.ContentType = type;
            await context.Response.WriteAsync(text);
            return;
        }

        Connections.Enqueue(new Asked(context.Request.QueryString.Value ?? "", context.Request.Headers.Authorization.ToString(), context.WebSockets.WebSocketRequestedProtocols));
        var talk = _talks.Count > 1 ? _talks.Dequeue() : _talks.Peek();
        await talk(new Talk(context));
    }

    internal sealed record Posted(string Path, string Body, IReadOnlyDictionary<string, string> Fields);

    internal sealed record Asked(string Query, string Authorization, IList<string> Protocols);

    /// <summary>One connection, as its script sees it.</summary>
    internal sealed class Talk(HttpContext context)
    {
        private WebSocket? _socket;

        internal HttpResponse Response => context.Response;

        internal Task RefuseAsync(int status)
        {
            Response.StatusCode = status;
            return Task.CompletedTask;
        }

        internal async Task AcceptAsync(string? protocol = "bascule.v1") => _socket = await context.WebSockets.AcceptWebSocketAsync(protocol);

        /// <summary>Accepts, says welcome, reads what is subscribed, and says yes.</summary>
        /// <returns>The <c>subscribe</c> of the client.</returns>
        internal async Task<string> WelcomeAsync()
        {
            await AcceptAsync();
            await SayAsync("""{"type":"welcome","session":"s","attempt":"0123456789abcdef0123456789abcdef","heartbeat":25000,"limits":{"messageBytes":65536,"subscriptions":1000},"resume":"r"}""");
            var asked = await HearAsync();
            using var subscribe = JsonDocument.Parse(asked);
            foreach (var topic in subscribe.RootElement.GetProperty("topics").EnumerateArray())
                await SayAsync($$"""{"type":"subscribed","topic":{{topic.GetProperty("topic").GetRawText()}},"cursor":"start","resume":"fresh"}""");
            return asked;
        }

        internal Task SayAsync(string text) => _socket!.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);

        internal Task SayAsync(byte[] bytes) => _socket!.SendAsync(bytes, WebSocketMessageType.Binary, true, CancellationToken.None);

        /// <summary>The next text of the client; empty when it closes.</summary>
        internal async Task<string> HearAsync()
        {
            var buffer = new byte[64 * 1024];
            var read = await _socket!.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            return read.MessageType == WebSocketMessageType.Close ? "" : Encoding.UTF8.GetString(buffer, 0, read.Count);
        }

        internal WebSocketCloseStatus? CloseCode => _socket!.CloseStatus;

        internal async Task CloseAsync(int code, string reason)
        {
            await _socket!.CloseOutputAsync((WebSocketCloseStatus)code, reason, CancellationToken.None);
            await HearAsync();
        }
    }
}
