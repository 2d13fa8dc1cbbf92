using System.Text;
using System.Text.Json.Nodes;

namespace Bascule.Terminal.Tests;

/// <summary>What a client sees that was cut and comes back.</summary>
public sealed class ResumeTests
{
    private const int Cuts = 200;

    [Fact]
    public async Task A_client_that_is_cut_200_times_sees_every_byte_once()
    {
        await using var host = await TestHost.StartAsync();
        // Without CR, so that what is expected is plain; a ring far smaller than the output, so that it must be held.
        var id = host.Start("stty -onlcr; seq 1 100000; exit 7", o => o with { ScrollbackBytes = TerminalOrder.LeastScrollback });
        var expected = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(1, 100_000).Select(n => $"{n}\n")));
        var seen = new MemoryStream();
        var random = new Random(6);
        string? incarnation = null;
        JsonNode? exit = null;
        for (var cut = 0; exit is null; cut++)
        {
            await using var client = await host.AttachAsync(id);
            var attached = await client.HelloAsync(incarnation is null ? null : seen.Length, incarnation);
            incarnation = (string)attached["incarnation"]!;
            Assert.Equal(1, (int)attached["fence"]!);
            // Cut behind any frame, acknowledged or not. Some are small, since the first output is there at once.
            var most = cut < Cuts ? random.Next(1, expected.Length / Cuts) : int.MaxValue;
            for (var bytes = 0; bytes < most && await client.ReceiveAsync() is { } frame;)
            {
                Assert.NotEqual(TermChannel.Snapshot, frame.Channel);
                if (frame.Channel == TermChannel.Exit)
                    exit = frame.Json;
                if (frame.Channel != TermChannel.Output)
                    continue;
                Assert.Equal(seen.Length, frame.Offset);
                seen.Write(frame.Bytes);
                bytes += frame.Bytes.Length;
                if (random.Next(3) > 0)
                    await client.AckAsync(client.Position);
            }

            client.Cut();
        }

        Assert.Equal(expected, seen.ToArray());
        Assert.Equal(7, (int)exit["code"]!);
    }

    [Fact]
    public async Task Who_comes_back_when_the_ring_is_beyond_him_gets_a_snapshot_that_says_so()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("echo first; read x; seq 1 100000; echo last; read y", o => o with { ScrollbackBytes = TerminalOrder.LeastScrollback });
        string incarnation;
        await using (var first = await host.AttachAsync(id))
        {
            incarnation = (string)(await first.HelloAsync())["incarnation"]!;
            await first.ReadUntilAsync("first");
            await first.TypeAsync("\r");
            await first.ReadUntilAsync("1\r\n2\r\n");
            first.Cut();
        }

        // The writer is gone, and after the time of the order the program goes on without him.
        var ring = host.Find(id).Terminal.Output;
        var all = "first\r\n\r\nlast\r\n".Length + Enumerable.Range(1, 100_000).Sum(n => $"{n}\r\n".Length);
        await Waiting.UntilAsync(() =>
        {
            host.Time.Advance(TimeSpan.FromSeconds(60));
            return ring.End >= all;
        });

        await using var second = await host.AttachAsync(id);
        await second.HelloAsync(from: 20, incarnation);
        var begin = (await second.NextAsync(TermChannel.Snapshot)).Json;
        var replay = await ReplayAsync(second);

        Assert.Equal(("passed", true), ((string)begin["reason"]!, (bool)begin["begin"]!));
        Assert.True((long)begin["missing"]! > 400_000);
        Assert.Contains("100000", replay, StringComparison.Ordinal);
        await second.TypeAsync("go\r");
        Assert.Equal("exited", (string)(await second.ReadToEndAsync()).Exit!["cause"]!);
    }

    [Fact]
    public async Task Offsets_of_another_start_lead_to_a_snapshot()
    {
        await using var host = await TestHost.StartAsync();
        await using var client = await host.AttachAsync(host.Start("echo here; cat"));

        await client.HelloAsync(from: 3, incarnation: "of-another-one");

        Assert.Equal("incarnation", (string)(await client.NextAsync(TermChannel.Snapshot)).Json["reason"]!);
    }

    [Fact]
    public async Task An_offset_that_was_never_reached_leads_to_a_snapshot()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("echo here; cat");
        await using var client = await host.AttachAsync(id);

        await client.HelloAsync(from: 1_000_000, host.Find(id).Incarnation);

        Assert.Equal("beyond", (string)(await client.NextAsync(TermChannel.Snapshot)).Json["reason"]!);
    }

    [Fact]
    public async Task Who_comes_later_gets_a_replay_without_the_questions_that_were_asked_before()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("printf 'asked \\033[c\\033[6n done'; cat");
        await using var first = await host.AttachAsync(id, "a");
        await first.HelloAsync();
        Assert.Contains("\u001b[c\u001b[6n", await first.ReadUntilAsync("done"), StringComparison.Ordinal);

        await using var second = await host.AttachAsync(id, "b");
        await second.HelloAsync(role: "read");
        var begin = (await second.NextAsync(TermChannel.Snapshot)).Json;
        var replay = await ReplayAsync(second);

        Assert.Equal(("joined", 0L), ((string)begin["reason"]!, (long)begin["missing"]!));
        Assert.Contains("asked  done", replay, StringComparison.Ordinal);
        Assert.Equal(first.Position, (long)begin["offset"]!);
    }

    [Fact]
    public async Task A_program_on_the_alternate_screen_draws_again_for_who_comes_later()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("trap 'echo drawn' WINCH; printf '\\033[?1049hfull screen'; while :; do read x; done");
        await using var first = await host.AttachAsync(id, "a");
        await first.HelloAsync();
        await first.ReadUntilAsync("full screen");

        await using var second = await host.AttachAsync(id, "b");
        await second.HelloAsync(role: "read");
        await second.NextAsync(TermChannel.Snapshot);
        Assert.StartsWith("\u001b", await ReplayAsync(second), StringComparison.Ordinal);

        await first.ReadUntilAsync("drawn");
    }

    [Fact]
    public async Task A_writer_that_closed_is_not_waited_for()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("read x; seq 1 100000; cat", o => o with { ScrollbackBytes = TerminalOrder.LeastScrollback });
        await using (var client = await host.AttachAsync(id))
        {
            await client.HelloAsync();
            await client.TypeAsync("\r");
            await client.ReadUntilAsync("1\r\n");
            await client.Socket.CloseAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }

        await Waiting.UntilAsync(() => host.Find(id).Terminal.Output.End > 500_000);
    }

    internal static async Task<string> ReplayAsync(TermClient client)
    {
        var replay = new MemoryStream();
        while (true)
        {
            var frame = (await client.ReceiveAsync())!;
            if (frame.Channel == TermChannel.Replay)
                replay.Write(frame.Bytes.AsSpan(1));
            if (frame.Channel == TermChannel.Snapshot && frame.Json["end"] is not null)
                return Encoding.UTF8.GetString(replay.ToArray());
        }
    }
}
