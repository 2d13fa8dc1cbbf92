using Bascule.Protocol;
using Bascule.Testing;

namespace Bascule.Diagnostics.Tests;

/// <summary>Servers that never stop: whatever they say, the probe comes to its end.</summary>
public sealed class TalkativeTests
{
    [Fact]
    public async Task A_server_that_talks_on_after_our_close_frame_does_not_answer_it()
    {
        await using var server = SmallServer.Start(asked => !asked.IsUpgrade ? asked.AnswerAsync("200 OK") : asked.EchoUntilAsync(Opcode.Close, async () =>
        {
            while (await asked.Peer.SendAsync(RawFrame.Text("more"), asked.Stop) == PeerSend.Sent)
            {
            }
        }));

        var verdict = (await server.ProbeAsync(options: Probes.Hasty)).AssertFirst("PROBE-CLOSE-NOT-ECHOED");

        Assert.Contains("other frames", verdict.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_pings_for_ever_and_answers_none_lacks_pongs()
    {
        await using var server = SmallServer.Start(asked => !asked.IsUpgrade ? asked.AnswerAsync("200 OK") : asked.EchoUntilAsync(Opcode.Ping, async () =>
        {
            while (await asked.Peer.SendAsync(RawFrame.Ping("you?"u8.ToArray()), asked.Stop) == PeerSend.Sent)
            {
            }
        }));

        (await server.ProbeAsync(options: Probes.Hasty)).AssertFirst("PROBE-PONG-MISSING", "not answered");
    }

    [Fact]
    public async Task A_head_that_drips_in_is_given_up()
    {
        await using var server = SmallServer.Start(async asked =>
        {
            // More bytes than any limit of this test has tenths of a second.
            using var drops = new PeriodicTimer(TimeSpan.FromMilliseconds(100), WorkingTime.Shared);
            await asked.SendAsync("HTTP/1.1 101 Switching Protocols\r\nX: ");
            while (await asked.Peer.SendAsync("x"u8.ToArray(), asked.Stop) == PeerSend.Sent)
                await drops.WaitForNextTickAsync(asked.Stop);
        });

        (await server.ProbeAsync(options: Probes.Hasty)).AssertFirst("PROBE-SILENT", "begins an answer", "HTTP/1.1 101 Switching Protocols");
    }

    [Fact]
    public async Task An_echo_that_turns_into_endless_pings_is_given_up()
    {
        await using var server = SmallServer.Start(asked => !asked.IsUpgrade ? asked.AnswerAsync("200 OK") : asked.EchoUntilAsync(Opcode.Binary, async () =>
        {
            while (await asked.Peer.SendAsync(RawFrame.Ping([]), asked.Stop) == PeerSend.Sent)
            {
            }
        }));

        (await server.ProbeAsync(options: Probes.Hasty)).AssertFirst("PROBE-ECHO", "Messages of 1 bytes fail");
    }

    [Fact]
    public async Task A_server_that_broadcasts_too_is_still_one_that_echoes()
    {
        await using var server = SmallServer.Start(asked => BroadcastAsync(asked, swallows: _ => false));

        var report = await server.ProbeAsync();

        report.AssertGood();
        Assert.True(report.Facts.Echoes);
        Assert.Contains("1 byte to 1 MiB", report.Step("echo").Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_drowns_among_others_is_no_finding()
    {
        await using var server = SmallServer.Start(asked => BroadcastAsync(asked, swallows: frame => frame is { Opcode: (int)Opcode.Binary, Payload.Length: 126 }));

        var report = await server.ProbeAsync(options: Probes.Hasty);

        report.AssertGood();
        Assert.Contains("binary messages of 126 bytes: not among", report.Step("echo").Evidence, StringComparison.Ordinal);
    }

    /// <summary>Three messages of its own before and after each echo.</summary>
    private static async Task BroadcastAsync(Asked asked, Func<FrameSeen, bool> swallows)
    {
        if (!asked.IsUpgrade)
        {
            await asked.AnswerAsync("200 OK");
            return;
        }

        await asked.Peer.SendAsync(asked.Accept(), asked.Stop);
        while ((await asked.Peer.ReadAsync(asked.Stop)).Frame is { } frame)
        {
            var ticks = frame.IsControl || !frame.Final || frame.Opcode == 0 ? [] : Enumerable.Repeat(RawFrame.Text("tick"), 3).ToArray();
            RawFrame[] answer = swallows(frame) ? [] : [frame.Opcode == (int)Opcode.Ping ? RawFrame.Pong(frame.Payload) : new RawFrame(frame.Opcode, frame.Payload) { Final = frame.Final }];
            await asked.Peer.SendAsync([.. ticks, .. answer, .. ticks], asked.Stop);
        }
    }
}
