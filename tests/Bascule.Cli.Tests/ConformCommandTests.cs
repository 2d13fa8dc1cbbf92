using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Bascule.Diagnostics;
using Bascule.Diagnostics.Tests;

namespace Bascule.Cli.Tests;

/// <summary><c>bascule conform</c> as a person and as a program see it.</summary>
public sealed class ConformCommandTests : IDisposable
{
    private readonly Terminal _terminal = new();

    [Fact]
    public async Task A_server_without_a_fault_is_good()
    {
        await using var server = RawServer.Start(Fault.None);

        var ran = await _terminal.RunAsync("conform", server.Url.ToString(), "--area", "control", "--area", "fragments");

        Assert.Equal(ExitCodes.Good, ran.Code);
        Assert.Contains("area=control cases=33 passed=33", ran.Standard);
        Assert.Contains("area=fragments", ran.Standard);
        Assert.DoesNotContain("area=utf8", ran.Standard);
        Assert.DoesNotContain("control-ping-5:", ran.Standard);
        Assert.Empty(ran.Error);
    }

    [Fact]
    public async Task A_failed_case_is_shown_with_what_was_seen_and_expected()
    {
        await using var server = RawServer.Start(Fault.TakesUnmasked);

        var ran = await _terminal.RunAsync("conform", server.Url.ToString(), "--case", "framing-unmasked-text", "--case", "framing-text-1");

        Assert.Equal(ExitCodes.FoundFault, ran.Code);
        Assert.Contains("FAILED   framing-unmasked-text: an unmasked text frame is refused (RFC 6455 §5.1)\n    seen: text \"bare text\"\n    expected: a close with 1002", ran.Standard);
        Assert.DoesNotContain("framing-text-1:", ran.Standard);
        Assert.Contains("2 cases, 1 passed, 0 lenient, 1 failed", ran.Standard);
    }

    [Fact]
    public async Task Verbose_shows_what_passed_as_well()
    {
        await using var server = RawServer.Start(Fault.None);

        var ran = await _terminal.RunAsync("conform", server.Url.ToString(), "--case", "framing-text-1", "--verbose");

        Assert.Contains("passed   framing-text-1: a text of 1 bytes comes back", ran.Standard);
    }

    [Fact]
    public async Task Json_has_every_case_and_the_counts()
    {
        await using var server = RawServer.Start(Fault.None);

        var ran = await _terminal.RunAsync("conform", server.Url.ToString(), "--case", "framing-text-1", "--case", "http2-connect", "--json");

        var report = JsonNode.Parse(ran.Standard)!;
        Assert.Equal((1, 0, 1), ((int)report["passed"]!, (int)report["failed"]!, (int)report["notApplicable"]!));
        Assert.Equal(["framing-text-1", "http2-connect"], report["cases"]!.AsArray().Select(c => (string)c!["id"]!));
        Assert.Equal(["passed", "notApplicable"], report["cases"]!.AsArray().Select(c => (string)c!["outcome"]!));
        Assert.Equal("RFC 6455 §5.2", (string)report["cases"]![0]!["source"]!);
    }

    [Fact]
    public async Task A_header_goes_with_every_handshake()
    {
        await using var server = RawServer.Start(Fault.None);

        // Two Hosts are one too many, so the header did arrive.
        var ran = await _terminal.RunAsync("conform", server.Url.ToString(), "--case", "framing-text-1", "--header", "Host: other.example");

        Assert.Equal(ExitCodes.Unreachable, ran.Code);
        Assert.Contains("400", ran.Error);
    }

    [Fact]
    public async Task A_closed_port_is_not_reachable()
    {
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        var ran = await _terminal.RunAsync("conform", $"ws://127.0.0.1:{((IPEndPoint)bound.LocalEndPoint!).Port}/");

        Assert.Equal(ExitCodes.Unreachable, ran.Code);
        Assert.Contains("cannot be reached", ran.Error);
        Assert.Empty(ran.Standard);
    }

    [Fact]
    public async Task A_place_where_it_cannot_listen_is_told_on_the_error_output_alone()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();

        var ran = await _terminal.RunAsync("conform", "--through", "ws://127.0.0.1:1/", "--backend", $"http://{taken.LocalEndPoint}", "--json");

        Assert.Equal((ExitCodes.Unreachable, ""), (ran.Code, ran.Standard));
        Assert.StartsWith($"bascule conform: Nobody can listen at {taken.LocalEndPoint}", ran.Error);
    }

    [Fact]
    public async Task A_server_that_is_no_WebSocket_is_not_reachable_and_the_answer_is_shown()
    {
        await using var server = RawServer.Start(Fault.WrongAcceptKey);

        var ran = await _terminal.RunAsync("conform", server.Url.ToString());

        Assert.Equal(ExitCodes.Unreachable, ran.Code);
        Assert.Contains("Sec-WebSocket-Accept", ran.Error);
    }

    [Fact]
    public void What_the_server_wrote_stays_on_its_line()
    {
        using var text = new StringWriter { NewLine = "\n" };
        var result = new CaseResult(ServerCases.All[0], Outcome.Failed, "close 4321 \"\e[2J\nFAILED   forged\"", "nothing", TimeSpan.Zero);
        var report = new ConformReport(new Uri("ws://127.0.0.1:1/"), "evil\a", [result], ["\e[2J"], WasInterrupted: false, TimeSpan.Zero);

        ConformReportText.Write(new Output(text, TextWriter.Null, isTerminal: false, isColored: false), report, asJson: false, isVerbose: false);

        Assert.Contains("    seen: close 4321 \"·[2J·FAILED   forged\"\n", text.ToString());
        Assert.Contains("the server died: ·[2J\n", text.ToString());
        Assert.Contains("ws://127.0.0.1:1/ (evil·): 1 case", text.ToString());
    }

    [Fact]
    public async Task TLS_before_a_server_without_it_is_told_with_the_right_scheme()
    {
        await using var server = RawServer.Start(Fault.None);

        var ran = await _terminal.RunAsync("conform", new UriBuilder(server.Url) { Scheme = "wss" }.ToString());

        Assert.Equal(ExitCodes.Unreachable, ran.Code);
        Assert.Contains("TLS failed: ", ran.Error);
        Assert.Contains("write ws://", ran.Error);
    }

    [Fact]
    public async Task A_server_that_hangs_up_may_be_one_with_TLS()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        var running = _terminal.RunAsync("conform", $"ws://{listener.LocalEndpoint}/");
        using (var client = await listener.AcceptTcpClientAsync())
            await client.GetStream().ReadExactlyAsync(new byte[1]);
        var ran = await running;

        Assert.Equal(ExitCodes.Unreachable, ran.Code);
        Assert.Contains("If it speaks TLS, write wss://.", ran.Error);
    }

    [Fact]
    public async Task An_address_of_IPv6_is_told_as_one_writes_it()
    {
        var ran = await _terminal.RunAsync("conform", "ws://[::1]:1/", "--timeout", "500ms");

        Assert.Equal(ExitCodes.Unreachable, ran.Code);
        Assert.StartsWith("bascule conform: [::1]:1 cannot be reached: ", ran.Error);
    }

    [Fact]
    public async Task The_list_names_every_case_without_a_server()
    {
        var all = await _terminal.RunAsync("conform", "--list");
        var some = await _terminal.RunAsync("conform", "--list", "--area", "http2", "--json");

        Assert.Equal(ExitCodes.Good, all.Code);
        Assert.Contains("case=framing-text-125 area=framing", all.Standard);
        Assert.All(JsonNode.Parse(some.Standard)!.AsArray(), c => Assert.Equal("http2", (string)c!["area"]!));
    }

    [Theory]
    [InlineData("give the URL", "conform")]
    [InlineData("no URL with", "conform", "ftp://example.com")]
    [InlineData("no URL with", "conform", "nonsense")]
    [InlineData("no area nowhere", "conform", "ws://127.0.0.1:1", "--area", "nowhere")]
    [InlineData("no case nothing", "conform", "ws://127.0.0.1:1", "--case", "nothing")]
    [InlineData("no case is in these areas", "conform", "ws://127.0.0.1:1", "--area", "utf8", "--case", "framing-text-1")]
    [InlineData("--timeout is \"0\"", "conform", "ws://127.0.0.1:1", "--timeout", "0")]
    [InlineData("--timeout is \"11m\"", "conform", "ws://127.0.0.1:1", "--timeout", "11m")]
    [InlineData("--timeout is \"soon\"", "conform", "ws://127.0.0.1:1", "--timeout", "soon")]
    [InlineData("--header takes", "conform", "ws://127.0.0.1:1", "--header", "no colon")]
    public async Task A_wrong_command_line_is_told_in_a_sentence(string sentence, params string[] args)
    {
        var ran = await _terminal.RunAsync(args);

        Assert.Equal(ExitCodes.Usage, ran.Code);
        Assert.Contains(sentence, ran.Error);
    }

    [Fact]
    public async Task Help_has_examples()
    {
        var ran = await _terminal.RunAsync("conform", "--help");

        Assert.Contains("bascule conform ws://127.0.0.1:8666/echo", ran.Standard);
    }

    public void Dispose() => _terminal.Dispose();
}
