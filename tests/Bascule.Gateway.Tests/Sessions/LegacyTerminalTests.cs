using System.Text;
using Bascule.Protocol;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>Terminals in pods without an agent, with real programs behind the exec.</summary>
public sealed class LegacyTerminalTests
{
    private static readonly SessionProfileSettings Shell = new() { Command = ["sh"], Tty = true };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_shell_takes_what_is_typed_has_the_size_of_its_client_and_ends_with_its_code(bool knowsV5)
    {
        await using var bench = await LegacyBench.StartAsync(Shell, knowsV5);
        var (client, attached) = await bench.GreetAsync(await bench.CreateAsync());
        Assert.Equal((true, 100, 30), (attached.GetProperty("tty").GetBoolean(), attached.GetProperty("columns").GetInt32(), attached.GetProperty("rows").GetInt32()));

        await LegacyBench.SendAsync(client, 0, "stty size\n");
        await LegacyBench.ReadUntilAsync(client, "30 100");
        await LegacyBench.SendAsync(client, 4, """{"Width":120,"Height":40}""");
        await LegacyBench.SendAsync(client, 0, "stty size; echo $((6 * 7)) >&2\n");
        await LegacyBench.ReadUntilAsync(client, "42");
        await LegacyBench.SendAsync(client, 0, "stty size; exit 7\n");
        var (frames, close) = await LegacyBench.ReadAsync(client);

        Assert.Contains("40 120", LegacyBench.Text(frames, 1, skip: 9));
        Assert.Contains("\"cause\":\"exited\",\"code\":7", Encoding.UTF8.GetString(frames[^1].AsSpan(1)));
        Assert.Equal((20, 1000, "exited; retry=never"), (frames[^1][0], close.CloseCode, close.CloseReason));
    }

    [Fact]
    public async Task Who_is_cut_and_comes_back_has_a_new_shell_and_is_told_so()
    {
        await using var bench = await LegacyBench.StartAsync(Shell);
        var id = await bench.CreateAsync();
        var (first, before) = await bench.GreetAsync(id);
        await LegacyBench.SendAsync(first, 0, "kept=yes; echo $((6 * 7))\n");
        var seen = Encoding.UTF8.GetByteCount(await LegacyBench.ReadUntilAsync(first, "42"));
        first.Reset();

        var incarnation = before.GetProperty("incarnation").GetString()!;
        var (second, after) = await bench.GreetAsync(id, seen, incarnation);
        await LegacyBench.SendAsync(second, 0, "echo \"<$kept>\"; exit\n");
        var (frames, close) = await LegacyBench.ReadAsync(second);

        Assert.NotEqual(incarnation, after.GetProperty("incarnation").GetString());
        Assert.Contains("\"reason\":\"incarnation\"", Encoding.UTF8.GetString(frames[0]));
        Assert.Contains("what the other one printed is lost", Encoding.UTF8.GetString(frames.First(f => f[0] == 21)));
        Assert.Contains("<>", LegacyBench.Text(frames, 1, skip: 9));
        Assert.Equal("exited; retry=never", close.CloseReason);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_end_of_the_input_arrives_or_it_is_said_that_it_cannot(bool knowsV5)
    {
        await using var bench = await LegacyBench.StartAsync(new() { Command = ["sh", "-c", "cat; echo end"], Tty = false }, knowsV5);
        var (client, _) = await bench.GreetAsync(await bench.CreateAsync());
        await LegacyBench.SendAsync(client, 0, "line\n");

        await client.SendFrameAsync(Opcode.Binary, [255, 0], masked: true);

        if (knowsV5)
            Assert.Equal("line\nend\n", LegacyBench.Text((await LegacyBench.ReadAsync(client)).Frames, 1, skip: 9));
        else
            Assert.Contains("speaks v4", await NoticeAsync(client));
    }

    [Fact]
    public async Task A_cluster_that_goes_away_is_no_success()
    {
        await using var bench = await LegacyBench.StartAsync(Shell);
        var (client, _) = await bench.GreetAsync(await bench.CreateAsync());
        await LegacyBench.SendAsync(client, 0, "echo $((6 * 7))\n");
        await LegacyBench.ReadUntilAsync(client, "42");

        await bench.Cluster.StopAsync();
        var (frames, close) = await LegacyBench.ReadAsync(client);

        Assert.DoesNotContain(frames, frame => frame[0] == 20);
        Assert.Equal(4502, close.CloseCode);
        Assert.StartsWith("backend_lost; retry=", close.CloseReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_is_deleted_says_so_to_who_is_attached()
    {
        await using var bench = await LegacyBench.StartAsync(Shell);
        var id = await bench.CreateAsync();
        var (client, _) = await bench.GreetAsync(id);
        await LegacyBench.SendAsync(client, 0, "echo $((6 * 7))\n");
        await LegacyBench.ReadUntilAsync(client, "42");

        await bench.CallAsync("DELETE", $"/api/sessions/{id}");
        var (frames, close) = await LegacyBench.ReadAsync(client);

        Assert.Contains("\"cause\":\"deleted\",\"code\":null", Encoding.UTF8.GetString(frames[^1].AsSpan(1)));
        Assert.Equal((1000, "deleted; retry=never"), (close.CloseCode, close.CloseReason));
    }

    [Fact]
    public async Task A_program_that_is_not_in_the_image_is_named()
    {
        await using var bench = await LegacyBench.StartAsync(Shell with { Command = ["no-such-program"] });
        var (client, _) = await bench.GreetAsync(await bench.CreateAsync());

        var (frames, close) = await LegacyBench.ReadAsync(client);

        Assert.Contains("no-such-program", LegacyBench.Text(frames, 21, skip: 1));
        Assert.Equal("start_failed; retry=never", close.CloseReason);
    }

    [Fact]
    public async Task A_pod_that_is_not_there_any_more_is_told_in_the_words_of_the_API()
    {
        await using var bench = await LegacyBench.StartAsync(Shell);
        var id = await bench.CreateAsync();
        bench.Cluster.Faults.Next(new("get", "pods/exec", Kubernetes.Fake.FaultKind.Status, new(500, "InternalError", "error dialing backend: no route to host")), times: 2);

        var client = await bench.AttachAsync(id, LegacyBench.Term);
        await LegacyBench.SendAsync(client, 16, """{"client":"a"}""");
        var (_, close) = await LegacyBench.ReadAsync(client);

        Assert.Equal(4502, close.CloseCode);
        Assert.StartsWith("backend_refused; retry=", close.CloseReason, StringComparison.Ordinal);
    }

    private static async Task<string> NoticeAsync(Wire client)
    {
        while (true)
        {
            var (channel, text) = await SessionBench.FrameAsync(client);
            if (channel == 21)
                return text;
        }
    }
}
