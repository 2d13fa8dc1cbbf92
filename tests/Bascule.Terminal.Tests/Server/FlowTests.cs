using System.Buffers.Binary;
using Bascule.Testing;

namespace Bascule.Terminal.Tests;

/// <summary>Who waits for whom.</summary>
public sealed class FlowTests
{
    [Fact]
    public async Task A_viewer_that_reads_nothing_does_not_stop_the_writer()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("stty -onlcr; read x; seq 1 2000000; exit 0");
        await using var frozen = await host.AttachAsync(id, "frozen");
        await frozen.HelloAsync(role: "read");
        await using var writer = await host.AttachAsync(id, "writer");
        await writer.HelloAsync();

        await writer.TypeAsync("\r");
        var bytes = 0L;
        while (await writer.ReceiveAsync() is { } frame)
        {
            if (frame.Channel != TermChannel.Output)
                continue;
            bytes += frame.Bytes.Length;
            await writer.AckAsync(writer.Position);
        }

        Assert.True(bytes > 14_000_000);
        Assert.Equal(1000, writer.Close.Code);
    }

    [Fact]
    public async Task Yes_ends_by_Ctrl_C_although_the_client_acknowledges_nothing()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("trap 'echo stopped; exit 9' INT; yes; sleep 1000");
        await using var client = await host.AttachAsync(id);
        await client.HelloAsync();
        // The window is full, and nothing comes any more.
        for (var bytes = 0; bytes < TermTalk.WindowBytes;)
            bytes += (await client.NextAsync(TermChannel.Output)).Bytes.Length;

        await client.TypeAsync("\u0003");
        // The program has ended, though nothing of its output was taken; only its last words wait for room.
        await Waiting.UntilAsync(() => !Directory.Exists($"/proc/{host.Find(id).Terminal.ProcessId}"));
        await client.AckAsync(client.Position);
        var (_, exit) = await client.ReadToEndAsync();

        Assert.Equal(("exited", 9), ((string)exit!["cause"]!, (int)exit["code"]!));
    }

    [Fact]
    public async Task No_more_than_the_window_is_sent_without_an_ack()
    {
        await using var host = await TestHost.StartAsync();
        // Not before somebody is attached: until then the ring alone is the bound.
        var id = host.Start("read x; yes");
        await using var client = await host.AttachAsync(id);
        await client.HelloAsync();
        await client.TypeAsync("\r");
        for (var bytes = 0; bytes < TermTalk.WindowBytes;)
            bytes += (await client.NextAsync(TermChannel.Output)).Bytes.Length;

        // Whatever the server had sent more would come before the pong.
        await client.SendAsync([TermChannel.Ping, 0, 0, 0, 0, 0, 0, 0, 1]);
        Assert.Equal(TermChannel.Ping, (await client.ReceiveAsync())!.Channel);
        Assert.Equal(TermTalk.WindowBytes, client.Position);
        // The program waits: after Ctrl-C the writer need not see all that the ring could have.
        var ring = host.Find(id).Terminal.Output;
        Assert.InRange(ring.End, TermTalk.WindowBytes, TermTalk.WindowBytes + (64 << 10));

        await client.AckAsync(client.Position);
        Assert.Equal(TermTalk.WindowBytes, (await client.NextAsync(TermChannel.Output)).Offset);
    }

    [Fact]
    public async Task A_reader_that_is_far_behind_gets_the_end_of_the_output()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("read x; seq 1 400000; echo the end; cat", o => o with { ScrollbackBytes = TerminalOrder.MostScrollback });
        await using var reader = await host.AttachAsync(id, "reader");
        await reader.HelloAsync(role: "read");
        await using var writer = await host.AttachAsync(id, "writer");
        await writer.HelloAsync();
        await writer.TypeAsync("\r");
        await writer.ReadUntilAsync("the end");

        for (var bytes = 0; bytes < TermTalk.WindowBytes;)
            bytes += (await reader.NextAsync(TermChannel.Output)).Bytes.Length;
        await reader.AckAsync(reader.Position);
        var begin = (await reader.NextAsync(TermChannel.Snapshot)).Json;

        Assert.Equal("lag", (string)begin["reason"]!);
        Assert.Contains("the end", await ResumeTests.ReplayAsync(reader), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_of_a_command_gets_all_that_the_host_has_however_far_behind_it_is()
    {
        await using var host = await TestHost.StartAsync();
        var id = host.Start("seq 1 400000", o => o with { Tty = false, ScrollbackBytes = TerminalOrder.MostScrollback, Hold = TimeSpan.Zero });
        await host.Find(id).Ended.Soon();
        await using var reader = await host.AttachAsync(id);
        await reader.HelloAsync(role: "read");

        for (var end = host.Find(id).Terminal.Output.End; reader.Position < end;)
        {
            Assert.Equal(TermChannel.Output, (await reader.ReceiveAsync())!.Channel);
            await reader.AckAsync(reader.Position);
        }
    }

    [Fact]
    public async Task Ends_of_input_that_wait_one_behind_the_other_are_one()
    {
        await using var host = await TestHost.StartAsync();
        var terminal = host.Find(host.Start("stty raw -echo; echo ready; exec cat -v"));
        await terminal.Terminal.Output.ReadUntilAsync("ready");
        using var viewer = new Viewer(new TerminalCaller("ann", ViewerRole.Write), "c1", _ => null);
        terminal.Admit(viewer, ViewerRole.Write, takes: false, 0, 0);
        var queue = new InputQueue(terminal, viewer, acknowledge: null, host.Time);

        queue.Close();
        queue.Close();
        await queue.AddAsync("a"u8.ToArray(), CancellationToken.None);
        queue.Close();
        using var over = new CancellationTokenSource();
        var running = queue.RunAsync(over.Token);
        await terminal.Terminal.Output.ReadUntilAsync("^Da^D");
        queue.Close();
        await queue.AddAsync("b"u8.ToArray(), CancellationToken.None);

        Assert.EndsWith("ready\n^Da^D^Db", await terminal.Terminal.Output.ReadUntilAsync("^Db"), StringComparison.Ordinal);
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task Acks_pass_while_input_waits_for_a_program_that_does_not_read()
    {
        await using var host = await TestHost.StartAsync();
        await using var client = await host.AttachAsync(host.Start("exec sleep 1000", o => o with { Tty = false }));
        await client.HelloAsync();

        for (var i = 0; i < 8; i++)
            await client.SendAsync([TermChannel.Input, .. new byte[32 << 10]]);
        await client.SendAsync([TermChannel.Ping, 0, 0, 0, 0, 0, 0, 0, 1]);

        await client.NextAsync(TermChannel.Ping);
    }

    [Fact]
    public async Task Stdin_is_acknowledged_as_the_program_takes_it()
    {
        await using var host = await TestHost.StartAsync();
        await using var client = await host.AttachAsync(host.Start("exec cat >/dev/null", o => o with { Tty = false }));
        await client.HelloAsync();

        await client.SendAsync([TermChannel.Input, .. new byte[32 << 10]]);
        var ack = await client.NextAsync(TermChannel.Ack);

        Assert.Equal(TermChannel.Input, ack.Bytes[0]);
        Assert.Equal(32 << 10, BinaryPrimitives.ReadInt64BigEndian(ack.Bytes.AsSpan(1)));
    }

    [Fact]
    public async Task A_paste_of_a_megabyte_comes_whole()
    {
        await using var host = await TestHost.StartAsync();
        await using var client = await host.AttachAsync(host.Start("exec wc -c", o => o with { Tty = false }));
        await client.HelloAsync();

        for (var i = 0; i < 32; i++)
            await client.SendAsync([TermChannel.Input, .. new byte[32 << 10]]);
        await client.SendAsync([TermChannel.Close, 0]);

        Assert.Equal("1048576\n", (await client.ReadToEndAsync()).Output);
    }
}
