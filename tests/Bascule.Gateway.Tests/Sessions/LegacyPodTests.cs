using System.Text;
using System.Text.Json;
using Bascule.Protocol;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>Sessions in pods that have no agent: clients come in through the API server's exec.</summary>
public sealed class LegacyPodTests
{
    private static readonly SessionProfileSettings Tools = new() { Command = ["sh", "-c", "read x; echo got $x; echo err >&2; exit 3"], Tty = false };

    [Fact]
    public async Task A_terminal_client_gets_output_errors_and_exit()
    {
        await using var bench = await LegacyBench.StartAsync(Tools);
        var (client, attached) = await bench.GreetAsync(await bench.CreateAsync());
        await client.SendFrameAsync(Opcode.Binary, [0, .. "ann\n"u8], masked: true);

        var (frames, close) = await LegacyBench.ReadAsync(client);

        Assert.Equal((0, "write"), (attached.GetProperty("last").GetInt32(), attached.GetProperty("role").GetString()));
        Assert.Equal("got ann\n", LegacyBench.Text(frames, 1, skip: 9));
        Assert.Equal("err\n", LegacyBench.Text(frames, 2, skip: 9));
        Assert.Contains("\"code\":3", Encoding.UTF8.GetString(frames[^1].AsSpan(1)));
        Assert.Equal((20, 1000, "exited; retry=never"), (frames[^1][0], close.CloseCode, close.CloseReason));
    }

    [Fact]
    public async Task A_client_of_Kubernetes_sees_what_an_API_server_would_say()
    {
        await using var bench = await LegacyBench.StartAsync(Tools);
        var client = await bench.AttachAsync(await bench.CreateAsync(), "v5.channel.k8s.io");
        await client.SendFrameAsync(Opcode.Binary, [0, .. "ann\n"u8], masked: true);

        var (frames, close) = await LegacyBench.ReadAsync(client);

        Assert.Equal([1], frames[0]);
        Assert.Equal(("got ann\n", "err\n"), (LegacyBench.Text(frames[1..], 1, skip: 1), LegacyBench.Text(frames, 2, skip: 1)));
        Assert.Contains("command terminated with non-zero exit code: 3", Encoding.UTF8.GetString(frames[^1]));
        Assert.Equal((3, 1000), (frames[^1][0], close.CloseCode));
    }

    [Fact]
    public async Task A_plain_client_reads_and_writes_text()
    {
        await using var bench = await LegacyBench.StartAsync(Tools);
        var client = await bench.AttachAsync(await bench.CreateAsync(), subprotocol: null);
        await client.SendTextAsync("ann\n", masked: true);

        var (frames, close) = await LegacyBench.ReadAsync(client);

        Assert.Contains("got ann\n", string.Concat(frames.Select(Encoding.UTF8.GetString)));
        Assert.Equal("exited; code=3; retry=never", close.CloseReason);
    }

    [Fact]
    public async Task A_client_that_leaves_leaves_nothing_behind()
    {
        await using var bench = await LegacyBench.StartAsync(Tools);
        var client = await bench.AttachAsync(await bench.CreateAsync(), "v4.channel.k8s.io");

        await client.SendCloseAsync(1000, "", masked: true);
        await client.ReadCloseAsync();
        client.Finish();

        await bench.Gateway.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_command_is_not_run_twice_for_who_comes_back()
    {
        await using var bench = await LegacyBench.StartAsync(Tools);
        var id = await bench.CreateAsync();
        var (first, attached) = await bench.GreetAsync(id);
        first.Reset();

        var again = await bench.AttachAsync(id, LegacyBench.Term);
        await LegacyBench.SendAsync(again, 16, $$"""{"client":"a","from":null,"incarnation":"{{attached.GetProperty("incarnation").GetString()}}"}""");
        var (frames, close) = await LegacyBench.ReadAsync(again);

        Assert.DoesNotContain(frames, frame => frame[0] is 1 or 2 or 17);
        Assert.Equal(4410, close.CloseCode);
        Assert.StartsWith("session_over; retry=never", close.CloseReason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "ls\n", "hello_missing; retry=never")]
    [InlineData(16, "{", "bad_frame; retry=never")]
    public async Task Nothing_is_started_for_who_does_not_say_hello(byte channel, string text, string reason)
    {
        await using var bench = await LegacyBench.StartAsync(Tools);
        var client = await bench.AttachAsync(await bench.CreateAsync(), LegacyBench.Term);
        await LegacyBench.SendAsync(client, channel, text);

        var (_, close) = await LegacyBench.ReadAsync(client);

        Assert.Equal(4400, close.CloseCode);
        Assert.StartsWith(reason, close.CloseReason, StringComparison.Ordinal);
        await bench.Gateway.NothingIsLeftAsync();
    }

    [Fact]
    public async Task Who_may_only_look_runs_nothing()
    {
        await using var bench = await LegacyBench.StartAsync(Tools);
        var id = await bench.CreateAsync();
        var (_, body) = await bench.CallAsync("POST", $"/api/sessions/{id}/links", """{"role":"read","minutes":5}""");
        var link = new Uri(JsonDocument.Parse(body).RootElement.GetProperty("url").GetString()!).Query;

        var client = await bench.AttachAsync(id, LegacyBench.Term, link);
        await LegacyBench.SendAsync(client, 16, """{"client":"b"}""");
        var (_, close) = await LegacyBench.ReadAsync(client);

        Assert.Equal(4403, close.CloseCode);
        Assert.StartsWith("session_forbidden; retry=never", close.CloseReason, StringComparison.Ordinal);
    }
}
