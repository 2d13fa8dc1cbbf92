using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Bascule.Testing;

namespace Bascule.Terminal.Tests;

/// <summary>What clients see that do not speak bascule.term.v1.</summary>
public sealed class DialectTests
{
    [Fact]
    public async Task A_bare_client_gets_text_with_whole_characters_and_types_text()
    {
        await using var host = await TestHost.StartAsync();
        // Half a character, and its rest when something was read.
        var id = host.Start("stty -echo; printf 'a\\303'; read x; printf '\\244 \\377 got %s' \"$x\"; exit 3");
        await using var client = await TermClient.ConnectAsync(host, id, "", subprotocol: null);

        var text = await ReadTextAsync(client.Socket, "a");
        await client.Socket.SendAsync(Encoding.UTF8.GetBytes("näh\r"), WebSocketMessageType.Text, true, CancellationToken.None);
        text += await ReadTextAsync(client.Socket, null);

        Assert.Equal("aä \uFFFD got näh", text.Replace("\r\n", "", StringComparison.Ordinal));
        Assert.Equal((1000, $"exited; code=3; retry=never; attempt={TestDoor.Attempt}"), client.Close);
    }

    [Fact]
    public async Task A_bare_client_that_comes_later_begins_at_the_live_end_unless_it_asks()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("stty -echo; echo before; read x; echo after; read y");
        await using var writer = await host.AttachAsync(id, "w");
        await writer.HelloAsync();
        await writer.ReadUntilAsync("before");
        await using var live = await TermClient.ConnectAsync(host, id, "", "?role=read", subprotocol: null);
        await using var all = await TermClient.ConnectAsync(host, id, "", "?role=read&from=0", TermProtocol.Text);
        await Waiting.UntilAsync(() => host.Find(id).Viewers.Count == 3);

        await ReadTextAsync(all.Socket, "before");
        await writer.TypeAsync("\r");

        Assert.DoesNotContain("before", await ReadTextAsync(live.Socket, "after"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_of_Kubernetes_gets_both_streams_and_the_status()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("cat; echo err >&2; exit 3", o => o with { Tty = false });
        await using var client = await TermClient.ConnectAsync(host, id, "", subprotocol: TermProtocol.ChannelV5);

        var opened = await ReceiveAsync(client.Socket);
        Assert.Equal([TermChannel.Output], opened!);
        await client.SendAsync([TermChannel.Input, .. "out\n"u8]);
        await client.SendAsync([TermChannel.Close, 0]);
        var (streams, status) = await ReadChannelsAsync(client.Socket);

        Assert.Equal(("out\n", "err\n"), (streams[TermChannel.Output], streams[TermChannel.Errors]));
        Assert.Equal(("Failure", "NonZeroExitCode"), ((string)status["status"]!, (string)status["reason"]!));
        Assert.Equal(("ExitCode", "3"), ((string)status["details"]!["causes"]![0]!["reason"]!, (string)status["details"]!["causes"]![0]!["message"]!));
        Assert.Equal(1000, client.Close.Code);
    }

    [Fact]
    public async Task Success_is_a_status_too_and_v4_cannot_close_stdin()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("echo done", o => o with { Tty = false });
        await using var good = await TermClient.ConnectAsync(host, id, "", subprotocol: TermProtocol.ChannelV4);
        Assert.Equal("Success", (string)(await ReadChannelsAsync(good.Socket)).Status["status"]!);

        var waiting = host.Start("cat", o => o with { Tty = false });
        await using var client = await TermClient.ConnectAsync(host, waiting, "", subprotocol: TermProtocol.ChannelV4);
        await client.SendAsync([TermChannel.Close, 0]);
        Assert.StartsWith("bad_frame", (await client.ClosedAsync()).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TermProtocol.ChannelV5)]
    [InlineData(TermProtocol.Term)]
    public async Task A_client_resizes_the_terminal_but_a_hidden_window_does_not(string subprotocol)
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("cat");
        await using var client = await TermClient.ConnectAsync(host, id, "", subprotocol: subprotocol);
        if (subprotocol == TermProtocol.Term)
            await client.SendJsonAsync(TermChannel.Hello, new JsonObject { ["client"] = "c" });

        await client.SendJsonAsync(TermChannel.Resize, new JsonObject { ["Width"] = 0, ["Height"] = 33 });
        await client.SendJsonAsync(TermChannel.Resize, new JsonObject());
        await client.SendJsonAsync(TermChannel.Resize, new JsonObject { ["Width"] = 99, ["Height"] = 33 });

        // The clock stands still: only the first size that is one comes at once.
        await Waiting.UntilAsync(() => host.Find(id).Terminal.Size == new TerminalSize(99, 33));
    }

    [Fact]
    public async Task Offers_of_which_none_is_known_are_refused_with_the_names_of_those_that_are()
    {
        await using var host = await TestHost.StartAsync();
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("chat");
        socket.Options.CollectHttpResponseDetails = true;

        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(host.WebSocketUrl(host.Start("cat")), CancellationToken.None).Soon());

        Assert.Equal(400, (int)socket.HttpStatusCode);
    }

    [Fact]
    public async Task A_one_shot_command_has_two_streams_with_offsets_of_their_own()
    {
        await using var host = await TestHost.StartAsync();
        await using var client = await host.AttachAsync(host.Start("echo out; echo err >&2; cat; exit 3", o => o with { Tty = false }));
        var attached = await client.HelloAsync();
        Assert.False((bool)attached["tty"]!);

        await client.TypeAsync("in");
        await client.SendAsync([TermChannel.Close, 0]);
        var (output, errors) = ("", "");
        JsonNode? exit = null;
        while (await client.ReceiveAsync() is { } frame)
        {
            if (frame.Channel == TermChannel.Output)
                output += frame.Text;
            if (frame.Channel == TermChannel.Errors)
            {
                Assert.Equal(errors.Length, frame.Offset);
                errors += frame.Text;
                await client.AckAsync(frame.Offset + frame.Bytes.Length, TermChannel.Errors);
            }

            if (frame.Channel == TermChannel.Exit)
                exit = frame.Json;
        }

        Assert.Equal(("out\nin", "err\n", 3), (output, errors, (int)exit!["code"]!));
    }

    private static async Task<string> ReadTextAsync(ClientWebSocket socket, string? until)
    {
        var text = new StringBuilder();
        while (until is null || !text.ToString().Contains(until, StringComparison.Ordinal))
        {
            var buffer = new byte[1 << 16];
            var part = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None).Soon();
            if (part.MessageType == WebSocketMessageType.Close)
                return text.ToString();
            Assert.Equal(WebSocketMessageType.Text, part.MessageType);
            text.Append(Encoding.UTF8.GetString(buffer, 0, part.Count));
        }

        return text.ToString();
    }

    private static async Task<byte[]?> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[1 << 16];
        var part = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None).Soon();
        return part.MessageType == WebSocketMessageType.Close ? null : buffer[..part.Count];
    }

    private static async Task<(Dictionary<byte, string> Streams, JsonNode Status)> ReadChannelsAsync(ClientWebSocket socket)
    {
        var streams = new Dictionary<byte, string> { [1] = "", [2] = "", [3] = "" };
        while (await ReceiveAsync(socket) is { } frame)
            streams[frame[0]] += Encoding.UTF8.GetString(frame, 1, frame.Length - 1);
        return (streams, JsonNode.Parse(streams[TermChannel.Status])!);
    }
}
