using Bascule.Testing;

namespace Bascule.Cli.Tests;

/// <summary><c>bascule agent</c>, from its refusals to its exit code.</summary>
public sealed class AgentCommandTests
{
    private const string SecretName = "BASCULE_AGENT_SECRET";
    private const string Secret = "a secret of enough characters";

    [Fact]
    public async Task Without_a_secret_it_does_not_start_and_says_what_to_set()
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync("agent", "--", "sh");

        Assert.Equal(ExitCodes.Usage, ran.Code);
        Assert.Contains($"set {SecretName}, or --secret-file FILE", ran.Error);
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://192.0.2.1:0")]
    [InlineData("nonsense")]
    public async Task Without_a_secret_it_is_for_this_machine_alone(string listen)
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync("agent", "--insecure", "--listen", listen, "--", "sh");

        Assert.Equal(ExitCodes.Usage, ran.Code);
        Assert.Contains("--insecure is for this machine alone", ran.Error);
    }

    [Fact]
    public async Task A_secret_that_can_be_guessed_is_refused()
    {
        using var terminal = new Terminal();
        terminal.Environment[SecretName] = "short";

        var ran = await terminal.RunAsync("agent", "--", "sh");

        Assert.Equal(ExitCodes.Usage, ran.Code);
        Assert.Contains("The secret has 5 characters", ran.Error);
    }

    [Theory]
    [InlineData("--secret-file", "missing", "--secret-file names a file that does not exist.")]
    [InlineData("--id", "../s1", "The id of a session has 1 to 64 characters of a-z 0-9 -")]
    [InlineData("--recording", "all", "recording must be off, metadata, output or input.")]
    [InlineData("--size", "wide", "wide is no size: 80x24.")]
    [InlineData("--idle", "soon", "soon is no time: 250ms, 30s, 1m30s, 8h.")]
    [InlineData("--scrollback", "1", "scrollbackBytes is 1; set 65536 to 8388608.")]
    public async Task What_cannot_be_is_told(string option, string value, string seen)
    {
        using var terminal = new Terminal();
        terminal.Environment[SecretName] = Secret;

        var ran = await terminal.RunAsync("agent", "--listen", "http://127.0.0.1:0", option, value, "--", "sh");

        Assert.Equal(ExitCodes.Usage, ran.Code);
        Assert.Contains(seen, ran.Error);
    }

    [Fact]
    public async Task It_exits_with_the_code_of_its_command_when_nobody_fetches_the_result()
    {
        using var terminal = new Terminal().With("secret", Secret + "\n");

        var ran = await terminal.RunAsync(
            "agent", "--listen", "http://127.0.0.1:0", "--secret-file", "secret", "--id", "s1", "--linger", "0.1s", "--no-tty", "--deadline", "10m", "--", "sh", "-c", "exit 3").Soon();

        Assert.Equal(3, ran.Code);
        Assert.Contains("/v1/terminals/s1/attach", ran.Error);
    }

    [Theory]
    [InlineData("no-such-program-anywhere", 127)]
    [InlineData("/", 126)]
    public async Task A_command_that_cannot_be_run_gives_the_code_of_a_shell(string command, int code)
    {
        using var terminal = new Terminal();
        terminal.Environment[SecretName] = Secret;

        var ran = await terminal.RunAsync("agent", "--listen", "http://127.0.0.1:0", "--", command).Soon();

        Assert.Equal(code, ran.Code);
        Assert.Contains("The command could not be started: ", ran.Error);
    }

    [Fact]
    public async Task A_signal_to_the_agent_ends_the_command_in_good_order()
    {
        using var terminal = new Terminal();
        terminal.Environment[SecretName] = Secret;
        using var interruption = new CancellationTokenSource();
        var started = Path.Combine(terminal.Directory, "started");

        var running = terminal.RunAsync(Program.CreateRoot, interruption.Token, "agent", "--listen", "http://127.0.0.1:0", "--", "sh", "-c", $"trap 'exit 7' HUP; touch '{started}'; while :; do sleep 0.05; done");
        while (!File.Exists(started))
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        await interruption.CancelAsync();

        Assert.Equal(7, (await running.Soon()).Code);
    }
}
