using Bascule.Protocol;

namespace Bascule.Diagnostics.Tests;

/// <summary>Answers that are no valid 101, and connections that end early.</summary>
public sealed class BrokenHandshakeTests
{
    [Theory]
    [InlineData("accept", "PROBE-101-ACCEPT", "Sec-WebSocket-Accept does not belong")]
    [InlineData("no-accept", "PROBE-101-ACCEPT", "Sec-WebSocket-Accept is missing")]
    [InlineData("upgrade", "PROBE-101-ACCEPT", "the field Upgrade is missing")]
    [InlineData("connection", "PROBE-101-ACCEPT", "the field Connection is missing")]
    [InlineData("old", "PROBE-101-ACCEPT", "HTTP/1.0")]
    [InlineData("extension", "PROBE-EXT-FOREIGN", "not offered")]
    [InlineData("subprotocol", "PROBE-SUBPROTO-FOREIGN", "not offered")]
    [InlineData("no-subprotocol", "PROBE-SUBPROTO-MISSING", "chat")]
    public async Task A_101_with_a_wrong_field_is_refused_by_name(string fault, string ruleId, string words)
    {
        await using var server = SmallServer.Start(asked => asked.IsUpgrade ? asked.EchoAsync(Spoil(asked.Accept(), fault)) : asked.AnswerAsync("200 OK"));

        var report = await server.ProbeAsync(target: t => fault == "no-subprotocol" ? t with { Subprotocols = ["chat"] } : t);

        report.AssertFirst(ruleId, words);
        if (fault == "no-accept")
            Assert.Contains("Sec-WebSocket-Accept: missing", report.Step("answer").Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agreed_subprotocol_is_no_finding()
    {
        await using var server = SmallServer.Start(asked => asked.IsUpgrade ? asked.EchoAsync(asked.Accept().With("Sec-WebSocket-Protocol", "chat")) : asked.AnswerAsync("200 OK"));

        var report = await server.ProbeAsync(target: t => t with { Subprotocols = ["superchat", "chat"] });

        report.AssertGood();
        Assert.Equal("chat", report.Facts.Subprotocol);
    }

    [Fact]
    public async Task A_close_right_after_the_101_tells_its_code_and_what_to_do()
    {
        await using var server = SmallServer.Start(async asked =>
        {
            if (!asked.IsUpgrade)
            {
                await asked.AnswerAsync("200 OK");
                return;
            }

            await asked.Peer.SendAsync(asked.Accept(), asked.Stop);
            await asked.Peer.SendAsync(RawFrame.Close(4401, "token_missing; retry=never; attempt=0"), asked.Stop);
            await asked.Peer.ReadToEndAsync(answerClose: false, asked.Stop);
        });

        var report = await server.ProbeAsync();

        Assert.Contains("token", report.AssertFirst("PROBE-CLOSED-AT-ONCE", "4401", "token_missing").Fix, StringComparison.Ordinal);
        Assert.Equal(4401, report.Facts.CloseCode);
    }

    [Fact]
    public async Task A_connection_that_ends_after_the_101_points_to_the_handler()
    {
        await using var server = SmallServer.Start(async asked => await asked.Peer.SendAsync(asked.Accept(), asked.Stop));

        (await server.ProbeAsync()).AssertFirst("PROBE-CUT-AFTER-101", "right after the 101");
    }

    [Fact]
    public async Task A_server_that_masks_its_frames_does_not_speak_WebSocket()
    {
        await using var server = SmallServer.Start(async asked =>
        {
            await asked.Peer.SendAsync(asked.Accept(), asked.Stop);
            await asked.Peer.SendAsync(RawFrame.Text("hello") with { Masked = true }, asked.Stop);
            await asked.Peer.ReadToEndAsync(answerClose: false, asked.Stop);
        });

        (await server.ProbeAsync()).AssertFirst("PROBE-FRAMES", "masked");
    }

    [Fact]
    public async Task Pings_that_nobody_answers_are_a_warning()
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
            {
                if (frame.Opcode == (int)Opcode.Close)
                    await asked.Peer.SendAsync(RawFrame.Close(frame.Payload), asked.Stop);
            }
        });

        var report = await server.ProbeAsync(options: Probes.Hasty);

        Assert.Equal(Severity.Warning, report.AssertFirst("PROBE-PONG-MISSING").Severity);
        Assert.Equal(StepResult.Skipped, report.Step("echo").Result);
    }

    [Fact]
    public async Task A_limit_of_size_that_says_so_is_only_a_note()
    {
        // RawEcho takes 8 KiB with this fault.
        await using var server = RawServer.Start(Fault.LimitsMessages);

        var report = await Probes.RunAsync(server.Url);

        Assert.Equal(Severity.Info, report.AssertFirst("PROBE-ECHO", "1009").Severity);
        Assert.True(report.IsGood);
    }

    [Fact]
    public async Task A_changed_echo_is_a_warning()
    {
        await using var server = RawServer.Start(Fault.ChangesEcho);

        (await Probes.RunAsync(server.Url)).AssertFirst("PROBE-ECHO", "differs");
    }

    [Fact]
    public async Task A_close_frame_that_gets_none_back_is_a_note()
    {
        await using var server = RawServer.Start(Fault.NeverAnswersClose);

        var report = await Probes.RunAsync(server.Url, options: Probes.Hasty);

        Assert.Contains(report.Verdicts, v => v.RuleId == "PROBE-CLOSE-NOT-ECHOED" && v.Severity == Severity.Info);
    }

    [Theory]
    [InlineData("nothing", "PROBE-SILENT", "never answers")]
    [InlineData("fin", "PROBE-CUT", "ends them without an answer")]
    [InlineData("mail", "PROBE-NOT-HTTP", "does not speak HTTP")]
    [InlineData("hangs-on-upgrade", "PROBE-SILENT", "never answered, although a plain GET")]
    [InlineData("cuts-upgrade", "PROBE-CUT", "when an upgrade is asked for")]
    public async Task What_is_no_answer_is_told_apart(string manner, string ruleId, string words)
    {
        await using var server = SmallServer.Start(asked => manner switch
        {
            "nothing" => asked.Peer.ReadToEndAsync(answerClose: false, asked.Stop),
            "mail" => asked.SendAsync("220 mail.test ESMTP\r\n"),
            "hangs-on-upgrade" => asked.IsUpgrade ? asked.Peer.ReadToEndAsync(answerClose: false, asked.Stop) : asked.AnswerAsync("200 OK"),
            "cuts-upgrade" => asked.IsUpgrade ? Task.CompletedTask : asked.AnswerAsync("200 OK"),
            _ => Task.CompletedTask,
        });

        (await server.ProbeAsync(options: manner is "nothing" or "hangs-on-upgrade" ? Probes.Hasty : null)).AssertFirst(ruleId, words);
    }

    [Fact]
    public async Task A_proxy_that_asks_a_TLS_back_end_without_TLS_is_named_behind_its_own_TLS()
    {
        using var certificate = Certificates.For("ws.example.com", TimeProvider.System.GetUtcNow().AddDays(60));
        await using var server = SmallServer.Start(asked => asked.AnswerAsync("400 Bad Request\r\nServer: nginx/1.22.1", "<title>400 The plain HTTP request was sent to HTTPS port</title>"), certificate);

        (await server.ProbeAsync("ws.example.com", t => t with { Authorities = [certificate] })).AssertFirst("PROBE-UPSTREAM-SCHEME", "nginx is asked without TLS by the proxy before it");
    }

    [Fact]
    public async Task Equal_upgrades_that_reach_different_instances_are_a_note()
    {
        var upgrades = 0;
        await using var server = SmallServer.Start(asked => asked.IsUpgrade ? asked.EchoAsync(asked.Accept().With("X-Served-By", $"pod-{Interlocked.Increment(ref upgrades) % 2}")) : asked.AnswerAsync("200 OK"));

        Assert.Equal(Severity.Info, (await server.ProbeAsync()).AssertFirst("PROBE-RECONNECT-SPREAD", "2 in 6 tries").Severity);
    }

    [Fact]
    public async Task A_few_upgrades_that_meet_a_rate_limit_are_a_note()
    {
        var upgrades = 0;
        await using var server = SmallServer.Start(asked =>
            !asked.IsUpgrade ? asked.AnswerAsync("200 OK") : asked.Origin is not null && asked.Head.Path == "/ws" && Interlocked.Increment(ref upgrades) is > 3 and < 7 ? asked.AnswerAsync("429 Too Many Requests") : asked.EchoAsync());

        Assert.Equal(Severity.Info, (await server.ProbeAsync()).AssertFirst("PROBE-429", "3 of 6 equal upgrades fail with 429").Severity);
    }

    [Fact]
    public async Task One_broken_instance_among_several_is_named_without_a_crowd()
    {
        var upgrades = 0;
        await using var server = SmallServer.Start(asked =>
            !asked.IsUpgrade ? asked.AnswerAsync("200 OK\r\nVia: 1.1 google") : asked.Origin is not null && asked.Head.Path == "/ws" && Interlocked.Increment(ref upgrades) % 2 == 1 ? asked.AnswerAsync("502 Bad Gateway") : asked.EchoAsync());

        (await server.ProbeAsync()).AssertFirst("PROBE-INSTANCES", "3 of 6 equal upgrades fail (502)", "one of several instances behind Google load balancer");
    }

    [Theory]
    [InlineData(3, "none of 5 one after the other")]
    [InlineData(1, "none of 1 one after the other")]
    public async Task A_limit_of_connections_at_once_is_not_called_a_broken_instance(int limit, string words)
    {
        var open = 0;
        await using var server = SmallServer.Start(async asked =>
        {
            if (!asked.IsUpgrade)
            {
                await asked.AnswerAsync("200 OK");
                return;
            }

            var mine = Interlocked.Increment(ref open);
            try
            {
                await (mine > limit ? asked.AnswerAsync("503 Service Unavailable\r\nServer: nginx") : asked.EchoAsync());
            }
            finally
            {
                Interlocked.Decrement(ref open);
            }
        });

        var report = await server.ProbeAsync(options: o => o with { Handshakes = 20 });

        report.AssertFirst("PROBE-CAPACITY", "when they are open at once", words);
        Assert.DoesNotContain(report.Verdicts, v => v.RuleId == "PROBE-INSTANCES");
    }

    [Theory]
    [InlineData(1011, Severity.Warning)]
    [InlineData(1001, Severity.Info)]
    [InlineData(0, Severity.Warning)]
    public async Task A_server_that_ends_the_connection_before_we_do_is_told(int code, Severity severity)
    {
        await using var server = SmallServer.Start(asked => TalkAsync(asked, async frame =>
        {
            if (frame.Opcode != (int)Opcode.Ping)
                return true;
            await asked.Peer.SendAsync(RawFrame.Pong(frame.Payload), asked.Stop);
            if (code != 0)
                await asked.Peer.SendAsync(RawFrame.Close(code, "boom"), asked.Stop);
            return code != 0;
        }));

        var report = await server.ProbeAsync(options: Probes.Hasty);

        Assert.Equal(severity, report.AssertFirst("PROBE-CLOSED-EARLY", "by itself", code == 0 ? "the end of the connection" : $"close {code} \"boom\"").Severity);
        Assert.Equal(code, report.Facts.CloseCode);
    }

    [Theory]
    [InlineData(4400, Severity.Info)]
    [InlineData(1011, Severity.Warning)]
    public async Task A_server_that_closes_for_a_message_that_it_does_not_know_is_told(int code, Severity severity)
    {
        await using var server = SmallServer.Start(asked => TalkAsync(asked, async frame =>
        {
            await asked.Peer.SendAsync(frame.Opcode switch
            {
                (int)Opcode.Ping => RawFrame.Pong(frame.Payload),
                (int)Opcode.Close => RawFrame.Close(frame.Payload),
                _ => RawFrame.Close(code, "first message must be auth"),
            }, asked.Stop);
            return true;
        }));

        var report = await server.ProbeAsync();

        Assert.Equal(severity, report.AssertFirst("PROBE-CLOSED-EARLY", "a text comes that it does not know", $"close {code} \"first message must be auth\"").Severity);
        Assert.Equal(1000, report.Facts.CloseCode);
    }

    /// <summary>Takes the upgrade, then does with each frame what the test says, until that says false.</summary>
    private static async Task TalkAsync(Asked asked, Func<FrameSeen, Task<bool>> take)
    {
        if (!asked.IsUpgrade)
        {
            await asked.AnswerAsync("200 OK");
            return;
        }

        await asked.Peer.SendAsync(asked.Accept(), asked.Stop);
        while ((await asked.Peer.ReadAsync(asked.Stop)).Frame is { } frame && await take(frame))
        {
        }
    }

    private static HeadText Spoil(HeadText accept, string fault) => fault switch
    {
        "accept" => accept.Replace("Sec-WebSocket-Accept", AcceptKey.Compute(AcceptKey.NewKey())),
        "no-accept" => accept.Without("Sec-WebSocket-Accept"),
        "upgrade" => accept.Without("Upgrade"),
        "connection" => accept.Without("Connection"),
        "old" => accept with { FirstLine = "HTTP/1.0 101 Switching Protocols" },
        "extension" => accept.With("Sec-WebSocket-Extensions", "x-unknown"),
        "subprotocol" => accept.With("Sec-WebSocket-Protocol", "chat"),
        _ => accept,
    };
}
