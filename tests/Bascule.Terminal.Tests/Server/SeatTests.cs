using System.Text.Json.Nodes;

namespace Bascule.Terminal.Tests;

/// <summary>Who may write, and how the seat changes hands.</summary>
public sealed class SeatTests
{
    [Fact]
    public async Task The_second_who_wants_to_write_reads_and_is_told_who_writes()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("cat");
        await using var ann = await host.AttachAsync(id, "a", "?user=ann");
        await ann.HelloAsync();
        await using var bob = await host.AttachAsync(id, "b", "?user=bob");

        var attached = await bob.HelloAsync();
        var notice = await bob.NoticeAsync("occupied");

        Assert.Equal(("read", "ann", 1), ((string)attached["role"]!, (string)attached["writer"]!, (int)attached["fence"]!));
        Assert.Equal("ann", (string)notice["user"]!);
        var joined = await ann.NoticeAsync("viewer");
        Assert.Equal(("bob", true, 2), ((string)joined["user"]!, (bool)joined["joined"]!, (int)joined["viewers"]!));
    }

    [Fact]
    public async Task Who_takes_over_writes_and_the_earlier_writer_reads_and_is_told()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("cat");
        await using var ann = await host.AttachAsync(id, "a", "?user=ann");
        await ann.HelloAsync();
        await using var bob = await host.AttachAsync(id, "b", "?user=bob");

        var attached = await bob.HelloAsync(take: true);
        var taken = await ann.NoticeAsync("taken");
        await ann.TypeAsync("from ann\r");
        Assert.EndsWith("take over to write.", (string)(await ann.NoticeAsync("denied"))["text"]!);
        await bob.TypeAsync("from bob\r");
        var output = await bob.ReadUntilAsync("from bob");

        Assert.Equal(("write", 2), ((string)attached["role"]!, (int)attached["fence"]!));
        Assert.Equal(("bob", 2, "read"), ((string)taken["user"]!, (int)taken["fence"]!, (string)taken["role"]!));
        Assert.DoesNotContain("ann", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_may_take_over_later_and_give_it_back()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("cat");
        await using var ann = await host.AttachAsync(id, "a", "?user=ann");
        await ann.HelloAsync();
        await using var bob = await host.AttachAsync(id, "b", "?user=bob");
        await bob.HelloAsync();

        await bob.SendJsonAsync(TermChannel.Request, new JsonObject { ["take"] = true });
        Assert.Equal("write", (string)(await bob.NoticeAsync("role"))["role"]!);
        await ann.NoticeAsync("taken");
        await bob.SendJsonAsync(TermChannel.Request, new JsonObject { ["role"] = "read" });
        Assert.Equal("read", (string)(await bob.NoticeAsync("role"))["role"]!);

        await ann.NoticeAsync("free");
        Assert.Null(host.Find(id).Seat.Writer);
    }

    [Fact]
    public async Task Gateways_hear_each_time_that_another_client_writes_and_from_whom_it_took_that()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("cat");
        await using var ann = await host.AttachAsync(id, "a", "?user=ann");
        await ann.HelloAsync();
        await using var bob = await host.AttachAsync(id, "b", "?user=bob");
        await bob.HelloAsync(take: true);
        await ann.NoticeAsync("taken");
        await bob.SendJsonAsync(TermChannel.Request, new JsonObject { ["role"] = "read" });
        await ann.NoticeAsync("free");

        // Free, but it was somebody's; her own newer connection is no change.
        await ann.SendJsonAsync(TermChannel.Request, new JsonObject { ["take"] = true });
        await ann.NoticeAsync("role");
        await using var again = await host.AttachAsync(id, "a", "?user=ann");
        await again.HelloAsync();

        var changes = (await host.GetAsync("v1/changes?after=0"))["changes"]!.AsArray().Where(c => (string)c!["kind"]! == "writer").Select(c => c!["writer"]!);
        Assert.Equal([(2L, "bob", "ann", TestDoor.Attempt), (3L, "ann", "bob", TestDoor.Attempt)], changes.Select(c => ((long)c["fence"]!, (string)c["user"]!, (string)c["before"]!, (string)c["attempt"]!)));
    }

    [Fact]
    public async Task A_connection_that_was_replaced_while_it_came_does_not_get_the_seat()
    {
        await using var host = await TestHost.StartAsync();
        var terminal = host.Find(host.Start("cat"));
        using var late = new Viewer(new TerminalCaller("ann", ViewerRole.Write), "c1", _ => null);
        using var now = new Viewer(new TerminalCaller("ann", ViewerRole.Write), "c1", _ => null);
        terminal.Admit(late, ViewerRole.Read, takes: false, 0, 0);
        terminal.Admit(now, ViewerRole.Write, takes: false, 0, 0);

        terminal.Claim(late, takes: true, 0, 0);

        Assert.Equal((now, ViewerRole.Write, ViewerRole.Read), (terminal.Seat.Writer, now.Role, late.Role));
    }

    [Fact]
    public async Task When_the_writer_comes_back_to_read_only_the_others_hear_that_nobody_writes()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("cat");
        await using var ann = await host.AttachAsync(id, "a", "?user=ann");
        await ann.HelloAsync();
        await using var bob = await host.AttachAsync(id, "b", "?user=bob");
        await bob.HelloAsync();

        await using var again = await host.AttachAsync(id, "a", "?user=ann");
        await again.HelloAsync(role: "read");

        await bob.NoticeAsync("free");
    }

    [Fact]
    public async Task The_same_client_replaces_its_own_older_connection_and_keeps_its_seat()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("cat");
        await using var older = await host.AttachAsync(id, "same", "?user=ann");
        await older.HelloAsync();

        await using var newer = await host.AttachAsync(id, "same", "?user=ann");
        var attached = await newer.HelloAsync();

        Assert.Equal(("write", 1), ((string)attached["role"]!, (int)attached["fence"]!));
        Assert.Equal((4409, $"replaced; retry=never; attempt={TestDoor.Attempt}"), await older.ClosedAsync());
        await newer.TypeAsync("still\r");
        await newer.ReadUntilAsync("still");
    }

    [Fact]
    public async Task Another_user_with_the_same_name_of_a_client_replaces_nobody()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("cat");
        await using var ann = await host.AttachAsync(id, "same", "?user=ann");
        await ann.HelloAsync();
        await using var eve = await host.AttachAsync(id, "same", "?user=eve");

        Assert.Equal("read", (string)(await eve.HelloAsync())["role"]!);
        await ann.TypeAsync("mine\r");
        await ann.ReadUntilAsync("mine");
    }

    [Fact]
    public async Task Who_may_only_read_is_refused_input_size_signals_and_the_seat()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("trap 'echo interrupted' INT; cat");
        await using var reader = await host.AttachAsync(id, "r", "?may=read");
        var attached = await reader.HelloAsync(take: true, columns: 200, rows: 60);
        Assert.Equal("read", (string)attached["role"]!);

        await DeniedAsync(() => reader.TypeAsync("typed\r"));
        await DeniedAsync(() => reader.SendJsonAsync(TermChannel.Resize, new JsonObject { ["Width"] = 200, ["Height"] = 60 }));
        await DeniedAsync(() => reader.SendJsonAsync(TermChannel.Request, new JsonObject { ["signal"] = "SIGINT" }));
        await DeniedAsync(() => reader.SendJsonAsync(TermChannel.Request, new JsonObject { ["take"] = true }));

        Assert.Equal(TerminalSize.Standard, host.Find(id).Terminal.Size);
        Assert.Null(host.Find(id).Seat.Writer);
        Assert.Equal(0, host.Find(id).Terminal.Output.End);

        async Task DeniedAsync(Func<Task> act)
        {
            await act();
            Assert.DoesNotContain("take over to", (string)(await reader.NoticeAsync("denied"))["text"]!);
            host.Time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task A_signal_of_the_writer_reaches_the_command()
    {
        await using var host = await TestHost.StartAsync();
        await using var client = await host.AttachAsync(host.Start("trap 'echo caught; exit 4' TERM; echo ready; while :; do sleep 0.05; done", o => o with { Tty = false }));
        await client.HelloAsync();
        await client.ReadUntilAsync("ready");

        await client.SendJsonAsync(TermChannel.Request, new JsonObject { ["signal"] = "SIGTERM" });
        var (output, exit) = await client.ReadToEndAsync();

        Assert.Contains("caught", output, StringComparison.Ordinal);
        Assert.Equal(4, (int)exit!["code"]!);
    }

    [Theory]
    [InlineData(9000, 1, 500, 1)]
    [InlineData(1, 9000, 2, 300)]
    public async Task The_size_is_the_writers_clamped_and_all_are_told(int width, int height, int columns, int rows)
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("cat");
        await using var writer = await host.AttachAsync(id, "w");
        var attached = await writer.HelloAsync(columns: 120, rows: 40);
        await using var reader = await host.AttachAsync(id, "r");
        await reader.HelloAsync(role: "read");
        Assert.Equal((120, 40), ((int)attached["columns"]!, (int)attached["rows"]!));

        await writer.SendJsonAsync(TermChannel.Resize, new JsonObject { ["Width"] = 90, ["Height"] = 30 });
        await writer.SendJsonAsync(TermChannel.Resize, new JsonObject { ["Width"] = width, ["Height"] = height });
        await writer.SendAsync([TermChannel.Ping, 0, 0, 0, 0, 0, 0, 0, 1]);
        await writer.NextAsync(TermChannel.Ping);
        Assert.Equal(new TerminalSize(120, 40), host.Find(id).Terminal.Size);
        host.Time.Advance(SizeRule.Pause);

        var size = await reader.NoticeAsync("size");
        Assert.Equal((columns, rows), ((int)size["columns"]!, (int)size["rows"]!));
        Assert.Equal(new TerminalSize(columns, rows), host.Find(id).Terminal.Size);
    }

    [Fact]
    public async Task What_is_typed_after_a_new_size_finds_it()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("read x; stty size");
        await using var writer = await host.AttachAsync(id, "w");
        await writer.HelloAsync(columns: 120, rows: 40);
        host.Time.Advance(SizeRule.Pause);

        await writer.SendJsonAsync(TermChannel.Resize, new JsonObject { ["Width"] = 90, ["Height"] = 30 });
        await writer.TypeAsync("\r");

        await writer.ReadUntilAsync("30 90");
    }

    [Fact]
    public async Task The_end_that_comes_is_announced()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("cat", o => o with { Idle = TimeSpan.FromMinutes(20) });
        await using var client = await host.AttachAsync(id);
        await client.HelloAsync();

        host.Time.Advance(TimeSpan.FromMinutes(18));
        Assert.Equal(120, (int)(await client.NoticeAsync("idle"))["seconds"]!);
        host.Time.Advance(TimeSpan.FromSeconds(90));
        Assert.Equal(30, (int)(await client.NoticeAsync("idle"))["seconds"]!);
        host.Time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal("idle", (string)(await client.ReadToEndAsync()).Exit!["cause"]!);
    }
}
