using Bascule.Protocol;

namespace Bascule.Diagnostics.Tests;

/// <summary>Answers that are nearly right: what is wrong with them is said, not only that something is.</summary>
public sealed class OddAnswerTests
{
    [Theory]
    [InlineData("big", "PROBE-NOT-HTTP", "larger than 64 KiB", "head of the answer")]
    [InlineData("lf", "PROBE-NOT-HTTP", "line 1 ends with a bare LF", "cannot be read")]
    [InlineData("control", "PROBE-NOT-HTTP", "the field Server has the control byte 0x1b in it", "cannot be read")]
    [InlineData("colon", "PROBE-NOT-HTTP", "line 2 breaks the rules: Server small", "cannot be read")]
    [InlineData("status", "PROBE-NOT-HTTP", "the status line breaks the rules: HTTP/1.1 99999 Weird", "cannot be read")]
    [InlineData("half", "PROBE-SILENT", "begins an answer and does not end it in time", "HTTP/1.1 101 Switching Protocols Upgrade: webs")]
    [InlineData("half-and-end", "PROBE-CUT", "in the middle of its answer", "Upgrade: webs")]
    public async Task A_head_that_cannot_be_read_is_told_with_its_fault(string manner, string ruleId, string word, string otherWord)
    {
        await using var server = SmallServer.Start(async asked =>
        {
            await asked.SendAsync(manner switch
            {
                "big" => $"HTTP/1.1 101 Switching Protocols\r\nX-Big: {new string('a', 200_000)}\r\n\r\n",
                "lf" => "HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\n\n",
                "control" => "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nServer: \e[31mowned\r\n\r\n",
                "colon" => "HTTP/1.1 403 Forbidden\r\nServer small\r\n\r\n",
                "status" => "HTTP/1.1 99999 Weird\r\n\r\n",
                _ => "HTTP/1.1 101 Switching Protocols\r\nUpgrade: webs",
            });
            if (manner != "half-and-end")
                await asked.Peer.ReadToEndAsync(answerClose: false, asked.Stop);
        });

        (await server.ProbeAsync(options: manner == "half" ? Probes.Hasty : null)).AssertFirst(ruleId, word, otherWord);
    }

    [Theory]
    [InlineData("/ws", "to the same URL, which is a redirect loop (302)", "answer this path itself")]
    [InlineData("wss://other.test:9/loop2/", "to other.test:9/loop2/ (302)", "Connect to wss://other.test:9/loop2/ directly")]
    [InlineData("wss://user:S3cretPw@other.test/chat?key=abc", "to other.test/chat (302)", "Connect to wss://other.test/chat directly")]
    [InlineData("//127.0.0.1:9/ws", "to 127.0.0.1:9/ws (302)", "Connect to ws://127.0.0.1:9/ws directly")]
    public async Task A_redirect_is_told_with_where_it_leads(string location, string where, string fix)
    {
        await using var server = SmallServer.Start(asked => asked.AnswerAsync($"302 Found\r\nLocation: {location}"));

        Assert.Contains(fix, (await server.ProbeAsync()).AssertFirst("PROBE-REDIRECT", where).Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_is_no_UTF_8_ends_a_browsers_connection()
    {
        await using var server = SmallServer.Start(asked => SayAsync(asked, RawFrame.Text([0xFF, 0xFE, 0xFA])));

        (await server.ProbeAsync()).AssertFirst("PROBE-FRAMES", "a text that is not UTF-8", "fffefa");
    }

    [Theory]
    [InlineData("03ee", 1006, "it sends code 1006, which may not be sent")]
    [InlineData("", 0, "closes at once: without a code")]
    [InlineData("03f0ff", 1008, "1008, with a reason that is not UTF-8")]
    public async Task A_close_frame_that_breaks_the_rules_is_told_as_it_came(string payload, int code, string words)
    {
        await using var server = SmallServer.Start(asked => SayAsync(asked, RawFrame.Close(Convert.FromHexString(payload))));

        var report = await server.ProbeAsync();

        report.AssertFirst("PROBE-CLOSED-AT-ONCE", words);
        Assert.Equal(code, report.Facts.CloseCode);
    }

    [Theory]
    [InlineData("compressed", "reserved")]
    [InlineData("masked", "mask")]
    [InlineData("bytes", "UTF-8")]
    public async Task A_text_that_is_answered_by_a_frame_that_no_client_takes_is_an_error(string manner, string word)
    {
        var answer = manner switch
        {
            "compressed" => RawFrame.Text("bascule probe") with { Reserved = 0x40 },
            "masked" => RawFrame.Text("bascule probe") with { Masked = true },
            _ => RawFrame.Text([0xC3, 0x28]),
        };
        await using var server = SmallServer.Start(asked => !asked.IsUpgrade ? asked.AnswerAsync("200 OK") : asked.EchoUntilAsync(Opcode.Text, async () =>
        {
            await asked.Peer.SendAsync(answer, asked.Stop);
            await asked.Peer.ReadToEndAsync(answerClose: true, asked.Stop);
        }));

        var report = await server.ProbeAsync(options: Probes.Hasty);

        report.AssertFirst("PROBE-FRAMES", "When a text comes", word);
        Assert.False(report.Facts.Echoes);
    }

    [Fact]
    public async Task A_refusal_that_repeats_the_address_is_the_same_whatever_the_values()
    {
        await using var server = SmallServer.Start(asked => asked.AnswerAsync("403 Forbidden\r\nContent-Type: application/json", $$"""{"path":"{{asked.Head.Path}}?{{asked.Head.Query}}"}"""));

        var report = await Probes.RunAsync(server.Url(path: "/ws?room=lobby&v=200"), t => t with { Token = "sometoken" });

        Assert.Contains("room made up: the same; v made up: the same", report.Step("upgrade-other-values").Evidence, StringComparison.Ordinal);
        Assert.DoesNotContain("Other values change the answer", report.Verdicts[0].Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pong_with_another_payload_is_told()
    {
        await using var server = SmallServer.Start(async asked =>
        {
            if (!asked.IsUpgrade)
            {
                await asked.AnswerAsync("200 OK");
                return;
            }

            await asked.Peer.SendAsync(asked.Accept(), asked.Stop);
            while ((await asked.Peer.ReadAsync(asked.Stop)).Frame is { } frame)
                await asked.Peer.SendAsync(frame.Opcode == (int)Opcode.Ping ? RawFrame.Pong("wrong"u8.ToArray()) : new RawFrame(frame.Opcode, frame.Payload) { Final = frame.Final }, asked.Stop);
        });

        var report = await server.ProbeAsync(options: Probes.Hasty);

        Assert.Contains(report.Verdicts, v => v.RuleId == "PROBE-PONG-MISSING" && v.Headline.Contains("a pong came with \"wrong\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("permessage-deflate; server_max_window_bits=99", "server_max_window_bits has the value \"99\"")]
    [InlineData("permessage-deflate; client_max_window_bits=7; foo=1", "client_max_window_bits has the value \"7\"")]
    [InlineData("permessage-deflate, permessage-deflate", "stands twice")]
    public async Task An_extension_that_was_offered_and_is_agreed_to_wrongly_is_not_called_foreign(string answer, string words)
    {
        await using var server = SmallServer.Start(asked => asked.IsUpgrade ? asked.EchoAsync(asked.Accept().With("Sec-WebSocket-Extensions", answer)) : asked.AnswerAsync("200 OK"));

        Assert.DoesNotContain("not offered", (await server.ProbeAsync()).AssertFirst("PROBE-EXT-FOREIGN", "in a way that is not allowed", words).Headline, StringComparison.Ordinal);
    }

    /// <summary>One frame right after the 101.</summary>
    private static async Task SayAsync(Asked asked, RawFrame frame)
    {
        if (!asked.IsUpgrade)
        {
            await asked.AnswerAsync("200 OK");
            return;
        }

        await asked.Peer.SendAsync(asked.Accept(), asked.Stop);
        await asked.Peer.SendAsync(frame, asked.Stop);
        await asked.Peer.ReadToEndAsync(answerClose: false, asked.Stop);
    }
}
