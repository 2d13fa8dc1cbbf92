using System.Text.Json.Nodes;
using Bascule.Testing;

namespace Bascule.Terminal.Tests;

/// <summary>What a client of bascule.term.v1 sees from its hello to the close.</summary>
public sealed class AttachTests
{
    [Fact]
    public async Task A_terminal_is_written_to_and_read_from_and_says_how_it_ended()
    {
        await using var host = await TestHost.StartAsync();
        await using var client = await host.AttachAsync(host.Start("read name; echo hello $name; exit 3"));

        var attached = await client.HelloAsync();
        await client.TypeAsync("ann\r");
        var (output, exit) = await client.ReadToEndAsync();

        Assert.Equal(("write", 1, true), ((string)attached["role"]!, (int)attached["fence"]!, (bool)attached["tty"]!));
        Assert.Contains("hello ann\r\n", output, StringComparison.Ordinal);
        Assert.Equal(("exited", 3), ((string)exit!["cause"]!, (int)exit["code"]!));
        Assert.Equal((1000, $"exited; retry=never; attempt={TestDoor.Attempt}"), client.Close);
    }

    [Fact]
    public async Task The_exit_and_the_output_are_given_also_to_who_comes_after_the_end()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("echo first words; exit 5");
        await host.Find(id).Ended.Soon();
        await using var client = await host.AttachAsync(id);

        var attached = await client.HelloAsync();
        var (output, exit) = await client.ReadToEndAsync();

        Assert.Equal("ended", (string)attached["state"]!);
        Assert.Equal("first words\r\n", output);
        Assert.Equal(5, (int)exit!["code"]!);
    }

    [Fact]
    public async Task A_signal_that_ended_the_command_is_named()
    {
        await using var host = await TestHost.StartAsync();
        await using var client = await host.AttachAsync(host.Start("kill -KILL $$"));

        await client.HelloAsync();
        var (_, exit) = await client.ReadToEndAsync();

        Assert.Equal(("signalled", "SIGKILL"), ((string)exit!["cause"]!, (string)exit["signal"]!));
    }

    [Fact]
    public async Task Without_a_hello_in_time_the_client_is_told_why_it_is_closed()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("cat");
        var timers = host.Time.ArmedTimers;
        await using var client = await host.AttachAsync(id);
        await Waiting.UntilAsync(() => host.Time.ArmedTimers > timers);

        host.Time.Advance(TimeSpan.FromSeconds(10));

        await client.NoticeAsync("hello_missing");
        Assert.Equal((4400, $"hello_missing; retry=never; attempt={TestDoor.Attempt}"), await client.ClosedAsync());
    }

    [Fact]
    public async Task Another_frame_in_place_of_the_hello_is_refused()
    {
        await using var host = await TestHost.StartAsync();
        await using var client = await host.AttachAsync(host.Start("cat"));

        await client.TypeAsync("x");

        Assert.Equal(4400, (await client.ClosedAsync()).Code);
        Assert.StartsWith("hello_missing", client.Close.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 99 })]
    [InlineData(new byte[] { 18, 1 })]
    [InlineData(new byte[] { 18, 1, 0, 0, 0, 1, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 4, (byte)'{' })]
    [InlineData(new byte[] { 255, 1 })]
    public async Task A_frame_that_may_not_be_is_named_before_the_close(byte[] frame)
    {
        await using var host = await TestHost.StartAsync();
        await using var client = await host.AttachAsync(host.Start("cat"));
        await client.HelloAsync();

        await client.SendAsync(frame);

        await client.NoticeAsync("bad_frame");
        Assert.Equal((4400, $"bad_frame; retry=never; attempt={TestDoor.Attempt}"), await client.ClosedAsync());
    }

    [Fact]
    public async Task A_frame_that_is_too_large_ends_the_connection_and_not_the_terminal()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("cat");
        await using var client = await host.AttachAsync(id);
        await client.HelloAsync();

        await client.SendAsync(new byte[ClientFrames.MostBytes + 1]);

        Assert.Contains($"{ClientFrames.MostBytes}", (string?)(await client.NoticeAsync("message_too_big"))["text"], StringComparison.Ordinal);
        Assert.Equal((4413, $"message_too_big; retry=never; attempt={TestDoor.Attempt}"), await client.ClosedAsync());
        Assert.Null(host.Find(id).Exit);
    }

    [Fact]
    public async Task An_unknown_terminal_is_told_by_the_close_code_and_one_that_is_over_by_another()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("exit 0");
        await host.DriveAsync(host.Table.DeleteAsync(id, EndCause.Deleted));

        await using var unknown = await host.AttachAsync("nowhere");
        await using var over = await host.AttachAsync(id);

        Assert.Equal((4404, $"session_not_found; retry=never; attempt={TestDoor.Attempt}"), await unknown.ClosedAsync());
        Assert.Equal((4410, $"session_over; retry=never; attempt={TestDoor.Attempt}"), await over.ClosedAsync());
    }

    [Fact]
    public async Task There_are_at_most_as_many_viewers_as_the_order_says()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("cat", mostViewers: 1);
        await using var first = await host.AttachAsync(id, "a");
        await first.HelloAsync();
        await using var second = await host.AttachAsync(id, "b");

        await second.SendJsonAsync(TermChannel.Hello, new JsonObject { ["client"] = "b" });

        Assert.Equal((4429, $"too_many_viewers; retry=backoff; attempt={TestDoor.Attempt}"), await second.ClosedAsync());
    }

    [Fact]
    public async Task Those_who_may_only_read_keep_nobody_out_who_may_write()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("cat", mostViewers: 1);
        await using var reader = await host.AttachAsync(id, "a", "?may=read");
        await reader.HelloAsync();
        await using var owner = await host.AttachAsync(id, "b");
        await using var third = await host.AttachAsync(id, "c", "?may=read");

        Assert.Equal("write", (string)(await owner.HelloAsync())["role"]!);
        await third.SendJsonAsync(TermChannel.Hello, new JsonObject { ["client"] = "c" });
        Assert.Equal(4429, (await third.ClosedAsync()).Code);
    }

    [Fact]
    public async Task A_ping_comes_back_as_it_is_and_silence_is_broken_by_a_sign_of_life()
    {
        await using var host = await TestHost.StartAsync();
        await using var client = await host.AttachAsync(host.Start("cat"));
        await client.HelloAsync();

        await client.SendAsync([TermChannel.Ping, 1, 2, 3, 4, 5, 6, 7, 8]);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], (await client.NextAsync(TermChannel.Ping)).Bytes);

        var life = client.NextAsync(TermChannel.Ping);
        while (!life.IsCompleted)
        {
            host.Time.Advance(TimeSpan.FromSeconds(20));
            await Task.Yield();
        }

        Assert.Empty((await life).Bytes);
    }

    [Fact]
    public async Task A_host_that_stops_says_so_delivers_the_exit_and_closes_with_its_own_code()
    {
        await using var host = await TestHost.StartAsync();
        await using var client = await host.AttachAsync(host.Start("cat"));
        await client.HelloAsync();

        var stopping = host.Server.StopAsync();
        await client.NoticeAsync("host_stopping");
        var (_, exit) = await client.ReadToEndAsync();
        await host.DriveAsync(stopping);

        Assert.Equal("host_stopping", (string)exit!["cause"]!);
        Assert.Equal(4600, client.Close.Code);
        Assert.StartsWith("host_stopping; retry=backoff", client.Close.Reason, StringComparison.Ordinal);
    }
}
