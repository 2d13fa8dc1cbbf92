namespace Bascule.Cli.Tests;

/// <summary>Command lines of <c>bascule load</c> that cannot be carried out: nothing is loaded, and each fault says what to write.</summary>
public sealed class LoadFaultTests
{
    private const string Url = "ws://127.0.0.1:1/";

    [Theory]
    [InlineData("There is no URL.")]
    [InlineData("The URL is \"example.com\", which is no WebSocket URL. Write ws://", "example.com")]
    [InlineData("Did you mean wss://example.com/?", "https://example.com/")]
    [InlineData("--connections is \"0\"", Url, "-c", "0")]
    [InlineData("--connections is \"2M\". Write a whole number from 1 to 1000000", Url, "-c", "2M")]
    [InlineData("--inflight is \"x\"", Url, "--inflight", "x")]
    [InlineData("--ramp is \"0/s\". Write a rate", Url, "--ramp", "0/s")]
    [InlineData("--rate is \"2M/s\"", Url, "--rate", "2M/s")]
    [InlineData("--message-interval is \"0s\"", Url, "--message-interval", "0s")]
    [InlineData("say the same thing twice", Url, "--rate", "1/s", "--message-interval", "1s")]
    [InlineData("are for the modes echo and slow-reader", Url, "--mode", "idle", "--rate", "1/s")]
    [InlineData("--mode is \"ping\". Known: echo, receive, idle, churn, storm, slow-reader.", Url, "--mode", "ping")]
    [InlineData("--size is \"23\". Write 24 to 16777216", Url, "--size", "23")]
    [InlineData("--size is \"17MiB\"", Url, "--size", "17MiB")]
    [InlineData("--retries is 1001. Write 0 to 1000.", Url, "--retries", "1001")]
    [InlineData("--hold is \"60\". Write a time with its unit", Url, "--hold", "60")]
    [InlineData("--connect-timeout is \"0s\"", Url, "--connect-timeout", "0s")]
    [InlineData("--message-timeout is \"soon\"", Url, "--message-timeout", "soon")]
    [InlineData("A comparison takes --via URL and --direct URL, both", "--via", Url)]
    [InlineData("A comparison takes --via URL and --direct URL, both", Url, "--via", Url, "--direct", Url)]
    [InlineData("--direct is \"tcp://x\", which is no WebSocket URL.", "--via", Url, "--direct", "tcp://x")]
    [InlineData("--header has no name.", Url, "--header", "kitchen")]
    [InlineData("--header: ", Url, "--header", "Sec-WebSocket-Key: mine")]
    [InlineData("--subprotocol is \"a b\"", Url, "--subprotocol", "a b")]
    [InlineData("--source-ip", Url, "--source-ip", "everywhere")]
    [InlineData("--workers is 65. Write 1 to 64.", Url, "--workers", "65")]
    [InlineData("--workers is 3, more than the 2 connections.", Url, "-c", "2", "--workers", "3")]
    [InlineData("--threshold: ", Url, "--threshold", "speed>1")]
    [InlineData("--target-latency: ", Url, "--rate", "1/s", "--target-latency", "fast")]
    [InlineData("--target-latency searches a rate", Url, "--target-latency", "p99=10ms")]
    [InlineData("--compare base.json: ", Url, "--compare", "base.json")]
    [InlineData("--compare /dev/zero: This is no report of `bascule load --output json`", Url, "--compare", "/dev/zero")]
    [InlineData("The URL is \"\", which is no WebSocket URL.", "")]
    [InlineData("--via is \"\", which is no WebSocket URL.", "--via", "", "--direct", Url)]
    [InlineData("The URL has a user or a password before its host, which a WebSocket does not send.", "ws://user:pw@127.0.0.1:1/")]
    [InlineData("--source-ip is \"192.0.2.7\", which is no address of this machine.", Url, "--source-ip", "192.0.2.7")]
    [InlineData("--source-ip is \"2001:db8::7\", which is no address of this machine.", Url, "--source-ip", "127.0.0.1,2001:db8::7")]
    [InlineData("--threshold storm.all<9s cannot hold: the run has no storm; see --mode storm.", Url, "--threshold", "storm.all<9s")]
    [InlineData("--threshold via:rtt.p50<1ms cannot hold: there is no target `via`", Url, "--threshold", "via:rtt.p50<1ms")]
    [InlineData("--json and another --output contradict each other.", Url, "--json", "--output", "text")]
    [InlineData("--output is \"xml\". Known: text, json, csv, md.", Url, "--output", "xml")]
    public async Task A_fault_is_told_with_what_was_seen(string expected, params string[] args)
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync(["load", .. args]);

        Assert.Equal((ExitCodes.Usage, ""), (ran.Code, ran.Standard));
        Assert.Contains(expected, ran.Error);
        Assert.EndsWith("See: bascule load --help\n", ran.Error);
    }

    [Fact]
    public async Task A_password_in_a_URL_is_refused_without_being_told()
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync("load", "ws://user:secret-word@127.0.0.1:1/");

        Assert.Equal(ExitCodes.Usage, ran.Code);
        Assert.DoesNotContain("secret-word", ran.Error);
        Assert.Contains("--header \"Authorization: Basic ...\"", ran.Error);
    }

    [Fact]
    public async Task All_faults_are_told_together_in_one_go()
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync("load", "-c", "none", "--size", "1", "--hold", "1", "--threshold", "a", "--compare", "none", "--workers", "0");

        Assert.Equal(ExitCodes.Usage, ran.Code);
        Assert.Equal(8, ran.Error.TrimEnd('\n').Split('\n').Length);
    }

    [Fact]
    public async Task A_base_that_is_no_report_is_told_with_what_it_is()
    {
        using var terminal = new Terminal().With("base.json", """{ "metrics": 1 }""");

        var ran = await terminal.RunAsync("load", Url, "--compare", "base.json");

        Assert.Equal(ExitCodes.Usage, ran.Code);
        Assert.Contains("--compare base.json: This is no report of `bascule load --output json`", ran.Error);
    }

    [Theory]
    [InlineData("exit 3", "--token-command ended with code 3")]
    [InlineData("true", "--token-command printed no token")]
    [InlineData("echo; echo '  '", "--token-command printed no token")]
    [InlineData("printf 'a\\001b'", "A token has a character that no header may have.")]
    public async Task A_command_that_gives_no_tokens_is_a_usage_error(string command, string expected)
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync("load", Url, "--token-command", command);

        Assert.Equal((ExitCodes.Usage, ""), (ran.Code, ran.Standard));
        Assert.Contains(expected, ran.Error);
    }

    [Fact]
    public async Task A_command_that_hangs_ends_with_the_interruption()
    {
        using var terminal = new Terminal();
        using var interruption = new CancellationTokenSource();
        var running = terminal.RunAsync(Program.CreateRoot, interruption.Token, "load", Url, "--token-command", "touch started; sleep 600");
        await RunningGateway.UntilAsync(() => File.Exists(Path.Combine(terminal.Directory, "started")));

        await interruption.CancelAsync();

        Assert.Equal(ExitCodes.Interrupted, (await running).Code);
    }

    [Fact]
    public async Task An_empty_standard_input_has_no_token()
    {
        using var terminal = new Terminal { Input = "\n\n" };

        var ran = await terminal.RunAsync("load", Url, "--token", "-");

        Assert.Equal(ExitCodes.Usage, ran.Code);
        Assert.Contains("--token - found no token in the standard input.", ran.Error);
    }
}
