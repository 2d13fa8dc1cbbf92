using System.Net;
using System.Net.Sockets;
using Bascule.Model;

namespace Bascule.System.Tests;

/// <summary>Programs that are killed, frozen, cut off or no WebSocket servers at all: whoever is left learns why, within the deadline, and no slot stays taken.</summary>
public sealed class EndingTests
{
    private const int Clients = 5;

    /// <summary>The shortest heartbeat that the settings allow, and little patience with who does not answer a close frame.</summary>
    private const string FastHeartbeat = """
        "heartbeat": { "interval": "1s", "timeout": "2s" }, "deadlines": { "close": "500ms" }
        """;

    [Theory]
    [InlineData("py")]
    [InlineData("mjs")]
    public async Task A_back_end_that_is_killed_in_mid_stream_ends_its_clients_with_4502(string library)
    {
        await using var echo = await BackendProcess.EchoAsync(library);
        await using var gateway = await StartAsync(echo.Url);
        var clients = await ConnectAsync(gateway);

        // Each still has answers to come: the stream is cut in its middle.
        var talking = clients.Select(c => c.ReceiveCloseAsync(answer: "and another one")).ToList();
        await Task.WhenAll(clients.Select(c => c.SendTextAsync("the first of many")));
        echo.Process.Signal("KILL");

        for (var i = 0; i < Clients; i++)
            Assert.Equal((4502, EndReasons.BackendLost.CloseText(clients[i].Attempt)), await talking[i]);
        await MustBeOverAsync(gateway, clients[0], EndReasons.BackendLost);
    }

    [Fact]
    public async Task A_gateway_that_is_asked_to_stop_says_1001_and_ends_with_0()
    {
        await using var echo = await BackendProcess.EchoAsync("py");
        await using var gateway = await StartAsync(echo.Url, "\"stop\": { \"pause\": \"0s\", \"spread\": \"1s\", \"deadline\": \"10s\" }");
        var clients = await ConnectAsync(gateway);

        var ended = clients.Select(c => c.ReceiveCloseAsync()).ToList();
        var exitCode = await gateway.StopAsync();

        for (var i = 0; i < Clients; i++)
            Assert.Equal((1001, EndReasons.Draining.CloseText(clients[i].Attempt)), await ended[i]);
        Assert.Equal(0, exitCode);
        Assert.Contains("Stopped; every client was told.", gateway.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_is_cut_with_a_reset_gives_its_slot_back()
    {
        await using var echo = await BackendProcess.EchoAsync("py");
        await using var gateway = await StartAsync(echo.Url);
        var clients = await ConnectAsync(gateway);

        foreach (var client in clients)
            client.Reset();

        await MustBeOverAsync(gateway, clients[0], EndReasons.ClientLost);
    }

    [Fact]
    public async Task A_client_that_is_frozen_is_noticed_by_its_silence()
    {
        await using var echo = await BackendProcess.EchoAsync("py");
        await using var gateway = await StartAsync(echo.Url, FastHeartbeat);
        await using var client = ChildProcess.Start(BackendProcess.Python, "-u", "-m", "websockets", gateway.WebSocketUrl + "/echo");
        var opened = await gateway.Process.LineAsync("ConnectionOpened attempt=(?<id>[0-9a-f]{32}) ");

        // Stopped, it keeps its socket and answers nothing: what a cable pulled out looks like from here.
        client.Signal("STOP");

        var ended = await gateway.Process.LineAsync($"ConnectionEnded attempt={opened.Groups["id"].Value} .*");
        Assert.Contains($"reason={EndReasons.ClientHeartbeatLost.Label}", ended.Value, StringComparison.Ordinal);
        await gateway.NoSlotStaysInUseAsync();
    }

    [Fact]
    public async Task A_back_end_that_is_frozen_ends_its_clients_with_4504()
    {
        await using var echo = await BackendProcess.EchoAsync("mjs");
        await using var gateway = await StartAsync(echo.Url, FastHeartbeat);
        using var client = await RawClient.ConnectAsync(gateway.WebSocketUrl + "/echo");

        echo.Process.Signal("STOP");

        Assert.Equal((4504, EndReasons.BackendHeartbeatLost.CloseText(client.Attempt)), await client.ReceiveCloseAsync());
        await MustBeOverAsync(gateway, client, EndReasons.BackendHeartbeatLost);
    }

    [Fact]
    public async Task A_back_end_that_takes_connections_and_stays_silent_is_4504_within_its_deadline()
    {
        // The system takes the connection; nobody ever reads from it.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        await using var gateway = await StartAsync($"http://{listener.LocalEndPoint}", "\"deadlines\": { \"upgrade\": \"300ms\" }");
        using var client = await RawClient.ConnectAsync(gateway.WebSocketUrl + "/echo");
        Assert.Equal((4504, EndReasons.BackendSilent.CloseText(client.Attempt)), await client.ReceiveCloseAsync());
        await MustBeOverAsync(gateway, client, EndReasons.BackendSilent, "refused");
    }

    [Theory]
    [InlineData("/page.html", "backend_not_websocket")]
    [InlineData("/nothing-there", "backend_not_found")]
    public async Task A_back_end_that_is_a_file_server_is_named_as_such(string path, string label)
    {
        var reason = EndReasons.All.Single(r => r.Label == label);
        await using var files = await BackendProcess.FilesAsync();
        await using var gateway = await StartAsync(files.Url);
        using var client = await RawClient.ConnectAsync(gateway.WebSocketUrl + path);
        Assert.Equal((reason.Code, reason.CloseText(client.Attempt)), await client.ReceiveCloseAsync());
        await MustBeOverAsync(gateway, client, reason, "refused");
    }

    private static Task<GatewayProcess> StartAsync(string backend, string more = "\"life\": {}") => GatewayProcess.StartAsync($$"""
        "pools": { "one": { "nodes": ["{{backend}}"] } },
        "routes": [{ "name": "all", "path": "/*", "auth": "none", "pool": "one", "refusal": "close" }],
        {{more}}
        """);

    private static async Task<RawClient[]> ConnectAsync(GatewayProcess gateway)
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => RawClient.ConnectAsync(gateway.WebSocketUrl + "/echo")));
        Assert.Equal(Clients, await gateway.SlotsInUseAsync());
        return clients;
    }

    private static async Task MustBeOverAsync(GatewayProcess gateway, RawClient client, EndReason reason, string outcome = "ended")
    {
        await gateway.NoSlotStaysInUseAsync();
        var explanation = await Waiting.UntilAsync(() => gateway.ExplainAsync(client.Attempt), e => (string?)e["outcome"] != "open", gateway.Process.Report);
        Assert.Equal((outcome, reason.Label), ((string?)explanation["outcome"], (string?)explanation["label"]));
    }
}
