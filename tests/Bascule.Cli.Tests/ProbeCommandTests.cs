using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Bascule.Diagnostics;
using Bascule.Diagnostics.Tests;
using Bascule.Testing;

namespace Bascule.Cli.Tests;

/// <summary><c>bascule probe</c> as a person and as a program see it.</summary>
public sealed class ProbeCommandTests : IDisposable
{
    private readonly Terminal _terminal = new();

    [Fact]
    public async Task A_healthy_server_is_good_in_the_first_line_and_the_ladder_follows()
    {
        await using var server = RawServer.Start(Fault.None);

        var ran = await _terminal.RunAsync("probe", server.Url.ToString());

        Assert.Equal(ExitCodes.Good, ran.Code);
        Assert.StartsWith($"good  {server.Url}: a WebSocket opens, and nothing wrong was found", ran.Standard);
        Assert.Contains("ok      upgrade", ran.Standard);
        Assert.Empty(ran.Error);
    }

    [Fact]
    public async Task A_fault_stands_in_the_first_line_with_what_to_do()
    {
        await using var server = RawServer.Start(Fault.WrongAcceptKey);

        var ran = await _terminal.RunAsync("probe", server.Url.ToString());

        Assert.Equal(ExitCodes.FoundFault, ran.Code);
        var lines = ran.Standard.Split('\n');
        Assert.StartsWith("FAULT  The 101 is not valid", lines[0]);
        Assert.EndsWith("[PROBE-101-ACCEPT]", lines[0]);
        Assert.Contains(lines, l => l.StartsWith("  fix ", StringComparison.Ordinal));
        Assert.Contains("FAIL    answer", ran.Standard);
    }

    [Fact]
    public async Task A_port_on_which_nobody_listens_has_its_own_exit_code()
    {
        using var port = DeadPort.Closed();

        var ran = await _terminal.RunAsync("probe", port.Url.ToString());

        Assert.Equal(ExitCodes.Unreachable, ran.Code);
        Assert.StartsWith("FAULT  Nothing listens on", ran.Standard);
    }

    [Fact]
    public async Task Json_has_the_verdicts_the_steps_and_what_was_not_as_expected()
    {
        await using var server = RawServer.Start(Fault.WrongAcceptKey);

        var ran = await _terminal.RunAsync("probe", server.Url.ToString() + "?token=abcdefgh", "--json", "--expect", "status=101,websocket");

        Assert.Equal(ExitCodes.FoundFault, ran.Code);
        var report = JsonNode.Parse(ran.Standard)!;
        Assert.Equal(("PROBE-101-ACCEPT", "error"), ((string)report["verdicts"]![0]!["ruleId"]!, (string)report["verdicts"]![0]!["severity"]!));
        Assert.Contains(report["steps"]!.AsArray(), s => (string)s!["id"]! == "answer" && (string)s["result"]! == "fail" && (string)s["ruleId"]! == "PROBE-101-ACCEPT");
        Assert.Equal(101, (int)report["facts"]!["status"]!);
        Assert.Equal("websocket", (string)Assert.Single(report["expectations"]!.AsArray())!["wanted"]!);
        Assert.DoesNotContain("abcdefgh", ran.Standard);
    }

    [Fact]
    public async Task What_is_expected_alone_decides_the_exit_code()
    {
        using var port = DeadPort.Closed();
        await using var server = RawServer.Start(Fault.WrongAcceptKey);

        var good = await _terminal.RunAsync("probe", server.Url.ToString(), "--expect", "status=101");
        var bad = await _terminal.RunAsync("probe", port.Url.ToString(), "--expect", "status=101");

        Assert.Equal(ExitCodes.Good, good.Code);
        Assert.Contains("as expected  status=101", good.Standard);
        Assert.Equal(ExitCodes.FoundFault, bad.Code);
        Assert.Contains("NOT AS EXPECTED  status=101: 0", bad.Standard);
    }

    [Fact]
    public async Task A_second_URL_gets_a_ladder_of_its_own()
    {
        await using var front = RawServer.Start(Fault.WrongAcceptKey);
        await using var back = RawServer.Start(Fault.None);

        var ran = await _terminal.RunAsync("probe", front.Url.ToString(), "--direct", back.Url.ToString());

        Assert.StartsWith("FAULT  The back end is fine; what stands before it is at fault", ran.Standard);
        // All that is wrong in front stands before it.
        Assert.True(ran.Standard.LastIndexOf("\nFAULT  ", StringComparison.Ordinal) is > 0 and var other && other < ran.Standard.IndexOf($"\ndirect: {back.Url}", StringComparison.Ordinal), ran.Standard);
    }

    [Theory]
    [InlineData("no URL", "nonsense")]
    [InlineData("no URL", "ftp://host/")]
    [InlineData("--timeout", "ws://host/", "--timeout", "0")]
    [InlineData("--idle", "ws://host/", "--idle", "30,soon")]
    [InlineData("--handshakes", "ws://host/", "--handshakes", "5000")]
    [InlineData("--handshakes is 0", "ws://host/", "--handshakes", "0")]
    [InlineData("--subprotocol is \"a b\"", "ws://host/", "--subprotocol", "chat", "--subprotocol", "a b")]
    [InlineData("--expect", "ws://host/", "--expect", "luck")]
    [InlineData("--direct", "ws://host/", "--direct", "there")]
    [InlineData("--header", "ws://host/", "--header", "X")]
    [InlineData("--token", "ws://host/", "--token", "a\nb")]
    [InlineData("--header cannot set Upgrade", "ws://host/", "--header", "Upgrade: foo")]
    [InlineData("--header cannot set sec-websocket-key", "ws://host/", "--header", "sec-websocket-key: foo")]
    [InlineData("Take --subprotocol", "ws://host/", "--header", "Sec-WebSocket-Protocol: chat")]
    [InlineData("--origin is https://app.example.com/page", "ws://host/", "--origin", "https://app.example.com/page")]
    [InlineData("--origin is app.example.com", "ws://host/", "--origin", "app.example.com")]
    [InlineData("--origin is https://a b", "ws://host/", "--origin", "https://a b")]
    [InlineData("a % without two hexadecimal digits", "ws://host/%zz?token=abc")]
    [InlineData("--ca", "ws://host/", "--ca", "missing.pem")]
    public async Task A_line_that_cannot_be_understood_is_a_usage_error(string word, params string[] args)
    {
        var ran = await _terminal.RunAsync(["probe", .. args]);

        Assert.Equal(ExitCodes.Usage, ran.Code);
        Assert.Contains(word, ran.Error);
        Assert.Empty(ran.Standard);
    }

    [Theory]
    [InlineData("ws://***@127.0.0.1:99999/ok?token=*** is no URL", "ws://user:S3cretPw@127.0.0.1:99999/ok?token=abcSECRET")]
    [InlineData("ws//***@h/ok?token=*** is no URL", "ws//user:S3cretPw@h/ok?token=abcSECRET")]
    [InlineData("ftp://***@h/ok?*** is no URL", "ftp://user:S3cretPw@h/ok?abcSECRET")]
    [InlineData("***@h/?token=*** is no URL", "user:S3cretPw@h/?token=abcSECRET")]
    [InlineData("2 words are too many", "ws://host/", "--header", "Authorization:", "Bearer", "S3cretPw")]
    [InlineData("One word is too many", "ws://host/", "--header", "X-Key:", "abcSECRET")]
    [InlineData("There is no option --tokn here.", "ws://host/", "--tokn=abcSECRET")]
    [InlineData("There is no option --tokn here.", "ws://host/", "--tokn", "abcSECRET")]
    [InlineData("\"token\" cannot be expected", "ws://host/", "--expect", "token=abcSECRET")]
    [InlineData("--direct: ws//***@x is no URL", "ws://host/", "--direct", "ws//u:S3cretPw@x")]
    public async Task A_URL_that_cannot_be_read_is_told_without_its_secrets(string said, params string[] args)
    {
        var ran = await _terminal.RunAsync(["probe", .. args]);

        Assert.Equal((ExitCodes.Usage, ""), (ran.Code, ran.Standard));
        Assert.Contains(said, ran.Error);
        Assert.DoesNotContain("S3cretPw", ran.Error);
        Assert.DoesNotContain("abcSECRET", ran.Error);
    }

    [Fact]
    public async Task A_wrong_name_of_a_command_is_repeated() =>
        Assert.Contains("'prob'", (await _terminal.RunAsync("prob", "ws://host/")).Error);

    [Fact]
    public async Task A_step_that_is_odd_stands_in_the_first_line()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var stop = new CancellationTokenSource();
        var serving = ServePagesOnlyAsync(listener, stop.Token);
        var url = $"ws://{listener.LocalEndpoint}/ws";

        var ran = await _terminal.RunAsync("probe", url, "--timeout", "20s");

        await stop.CancelAsync();
        await serving;
        Assert.StartsWith($"good  {url}: a WebSocket opens; worth a look: upgrade-no-origin (", ran.Standard);
        Assert.Equal(ExitCodes.Good, ran.Code);
    }

    [Fact]
    public async Task A_file_without_certificates_is_a_usage_error()
    {
        var ran = await _terminal.With("empty.pem", "nothing\n").RunAsync("probe", "wss://host/", "--ca", "empty.pem");

        Assert.Equal(ExitCodes.Usage, ran.Code);
        Assert.Contains("no certificate", ran.Error);
    }

    public void Dispose() => _terminal.Dispose();

    /// <summary>Echoes to pages, and refuses upgrades without Origin.</summary>
    private static async Task ServePagesOnlyAsync(TcpListener listener, CancellationToken stop)
    {
        List<Task> serving = [];
        try
        {
            while (true)
                serving.Add(ServeAsync(await listener.AcceptSocketAsync(stop)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }

        async Task ServeAsync(Socket socket)
        {
            await using var peer = await RawPeer.AcceptAsync(socket, null, new PeerClock(WorkingTime.Shared, TimeSpan.FromMinutes(1)), CancellationToken.None);
            if ((await peer.ReadRequestAsync(CancellationToken.None)).Head is not { } head)
                return;
            if (head.Headers.First("Origin") is null)
            {
                await peer.SendAsync(new HeadText("HTTP/1.1 403 Forbidden", [new("Content-Length", "0"), new("Connection", "close")]), CancellationToken.None);
                return;
            }

            await peer.SendAsync(HeadText.SwitchingProtocols(head.Headers.First("Sec-WebSocket-Key")!), CancellationToken.None);
            while ((await peer.ReadAsync(CancellationToken.None)).Frame is { } frame)
                await peer.SendAsync(frame.Opcode == 9 ? RawFrame.Pong(frame.Payload) : new RawFrame(frame.Opcode, frame.Payload) { Final = frame.Final }, CancellationToken.None);
        }
    }
}
