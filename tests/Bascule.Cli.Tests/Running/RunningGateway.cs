using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Bascule.Admission;
using Bascule.Gateway;
using Bascule.Settings;
using Bascule.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bascule.Cli.Tests;

/// <summary>A gateway before two echoes, with the configuration file that it was started from, and a terminal beside it.</summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    internal const string Token = "token-of-the-first-operator";

    internal const string ReadToken = "token-that-may-only-look";

    internal const string Secret = "a secret of thirty-two bytes, ok";

    private readonly List<ClientWebSocket> _clients = [];
    private readonly List<Task> _leaving = [];
    private readonly List<WebApplication> _backends;
    private readonly GatewayHost _host;

    private RunningGateway(Terminal terminal, List<WebApplication> backends, GatewayHost host) => (Terminal, _backends, _host) = (terminal, backends, host);

    /// <summary>Has <c>bascule.json</c> in its directory, and knows the gateway and its token.</summary>
    internal Terminal Terminal { get; }

    internal GatewayRooms Rooms => _host.Rooms;

    internal string AdminUrl => _host.AdminUrl!;

    internal string PublicUrl => _host.PublicUrls[0];

    private string WebSocketUrl => PublicUrl.Replace("http:", "ws:", StringComparison.Ordinal) + "/ws";

    /// <summary><c>host:port</c> of the two nodes of the pool <c>kb</c>.</summary>
    internal string[] Nodes => [.. _backends.Select(b => new Uri(b.Urls.First()).Authority)];

    internal static async Task<RunningGateway> StartAsync(bool isTerminal = false)
    {
        List<WebApplication> backends = [await EchoAsync(), await EchoAsync()];
        var nodes = string.Join(", ", backends.Select(b => $"\"{b.Urls.First()}\""));
        var terminal = new Terminal { IsTerminal = isTerminal };
        terminal.With("bascule.json", Configuration(terminal, nodes, "100"));
        var sources = new SettingsSources { ConfigFile = "bascule.json", Overrides = [], Environment = terminal.Environment, BaseDirectory = terminal.Directory };
        var result = SettingsLoader.Load(sources);
        Assert.True(result.IsGood, string.Join('\n', result.Faults));
        var source = new ConfigSource(result.Loaded, result.Watched, () => SettingsLoader.Load(sources), terminal.Directory);
        var host = await GatewayHost.StartAsync(result.Loaded.Settings, source, Token, NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None).Soon();
        terminal.Environment["BASCULE_ADMIN_TOKEN"] = Token;
        return new RunningGateway(terminal, backends, host);
    }

    /// <summary>Runs a command that asks this gateway.</summary>
    internal Task<Ran> RunAsync(params string[] args) => Terminal.RunAsync([.. args, "--admin", _host.AdminUrl!]).Soon();

    internal Task<Ran> RunAsync(CancellationToken interruption, params string[] args) =>
        Terminal.RunAsync(Program.CreateRoot, interruption, [.. args, "--admin", _host.AdminUrl!]).Soon();

    /// <summary>Writes the configuration file anew, with another length of the queue.</summary>
    internal void Configure(string queueLength) =>
        Terminal.With("bascule.json", Configuration(Terminal, string.Join(", ", Nodes.Select(n => $"\"http://{n}\"")), queueLength));

    /// <summary>A client that says goodbye when it is asked to leave.</summary>
    /// <param name="user">Null: without a token.</param>
    internal async Task<ClientWebSocket> ConnectAsync(string? user = "alice", string query = "")
    {
        var client = new ClientWebSocket();
        _clients.Add(client);
        if (user is not null)
            client.Options.SetRequestHeader("Authorization", "Bearer " + TokenOf(user));
        var before = Rooms.Connections.Count;
        await client.ConnectAsync(new Uri(WebSocketUrl + query), CancellationToken.None).Soon();
        // Open for the client is not open for the gateway yet.
        await UntilAsync(() => Rooms.Connections.Count > before);
        _leaving.Add(LeaveWhenAskedAsync(client));
        return client;
    }

    /// <summary>Begins an attempt, and does not wait for what comes of it.</summary>
    internal TcpClient Ask()
    {
        var client = new TcpClient();
        client.Connect(IPEndPoint.Parse(new Uri(PublicUrl).Authority));
        client.GetStream().Write(Encoding.ASCII.GetBytes(
            $"GET /ws HTTP/1.1\r\nHost: gateway.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {TokenOf("waiter")}\r\n\r\n"));
        return client;
    }

    internal static string TokenOf(string user, string? id = null)
    {
        using var key = SigningKey.FromSecret(Encoding.UTF8.GetBytes(Secret));
        var claims = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        if (id is not null)
            claims["jti"] = id;
        return TokenIssuer.Issue(new TokenRequest { Subject = user, Lifetime = TimeSpan.FromHours(1), Claims = claims }, key, TimeProvider.System);
    }

    /// <summary>Waits for what nobody announces.</summary>
    internal static async Task UntilAsync(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (!holds())
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, limit.Token);
    }

    /// <summary>Nobody answers any more; what belongs to the test stays.</summary>
    internal ValueTask StopAsync() => _host.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        await Task.WhenAll(_leaving).Soon();
        await _host.DisposeAsync();
        foreach (var backend in _backends)
            await backend.DisposeAsync();
        Terminal.Dispose();
    }

    private static string Configuration(Terminal terminal, string nodes, string queueLength) => $$"""
        {
          "listen": {
            "public": ["http://127.0.0.1:0"], "admin": "http://127.0.0.1:0",
            "adminTokens": [ { "name": "looker", "token": "{{ReadToken}}", "role": "read" } ]
          },
          "data": "{{Path.Combine(terminal.Directory, "data")}}",
          "reload": { "watch": false },
          "auth": { "jwt": { "keys": ["secret:{{Secret}}"] } },
          "pools": { "kb": { "nodes": [{{nodes}}], "queue": { "length": {{queueLength}} } } },
          "routes": [ { "name": "game", "path": "/ws", "auth": "required", "pool": "kb" } ]
        }
        """;

    private static async Task LeaveWhenAskedAsync(ClientWebSocket client)
    {
        try
        {
            while ((await client.ReceiveAsync(new byte[1024].AsMemory(), CancellationToken.None)).MessageType != WebSocketMessageType.Close)
            {
                // Messages are not what these tests look at.
            }

            await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The test is over, and cut it.
        }
    }

    private static async Task<WebApplication> EchoAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            while ((await socket.ReceiveAsync(new byte[1024].AsMemory(), context.RequestAborted)).MessageType != WebSocketMessageType.Close)
            {
                // It listens to nothing but the close frame.
            }

            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
        });
        await app.StartAsync();
        return app;
    }
}
