using System.Threading.Channels;
using Bascule.Testing;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway.Tests;

/// <summary>A shard's process is started, watched, started again, and stopped. The shard is a shell here.</summary>
public sealed class ShardProcessTests : IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly CapturedLog _log = new();
    private readonly Channel<ShardState> _states = Channel.CreateUnbounded<ShardState>();
    private ShardProcess? _shard;

    [Fact]
    public async Task What_it_says_stands_in_the_log_with_its_name()
    {
        Start("echo to-error >&2; echo to-output; printf no-line-end >&2; exec cat");
        await BecomesAsync(ShardPhase.Running);

        await _log.SeenAsync(e => e.Event == "ShardSaid" && e.Text.StartsWith("shard 1: to-error", StringComparison.Ordinal));
        await _log.SeenAsync(e => e.Event == "ShardSaid" && e.Text.StartsWith("shard 1: to-output", StringComparison.Ordinal));
        await _shard!.StopAsync(TimeSpan.FromSeconds(30)).Soon();
        await _log.SeenAsync(e => e.Field("Line") == "no-line-end");
    }

    [Fact]
    public async Task A_line_without_an_end_is_cut_into_pieces()
    {
        Start("head -c 40000 /dev/zero | tr '\\0' x >&2; echo >&2; exec cat");

        await _log.SeenAsync(e => e.Field("Line")?.Length == 40_000 - (2 * 16_384));
        Assert.Equal([16_384, 16_384], _log.All.Where(e => e.Event == "ShardSaid").Take(2).Select(e => e.Field("Line")!.Length));
    }

    [Fact]
    public async Task It_is_started_with_its_arguments_and_its_environment()
    {
        Start("echo \"$TOKEN $0 $1 $PATH\" >&2; exec cat", new Dictionary<string, string> { ["TOKEN"] = "secret" }, "zero", "with space");

        await _log.SeenAsync(e => e.Field("Line") == $"secret zero with space {Environment.GetEnvironmentVariable("PATH")}");
    }

    [Fact]
    public async Task One_that_ends_is_started_again_after_a_wait_that_doubles_up_to_30_seconds()
    {
        Start("exit 3");

        foreach (var seconds in (int[])[1, 2, 4, 8, 16, 30, 30])
        {
            var waiting = await BecomesAsync(ShardPhase.Waiting);
            Assert.Equal((3, _time.GetUtcNow() + TimeSpan.FromSeconds(seconds)), (waiting.LastExit!.Code, waiting.NextStart));
            await NextAsync(TimeSpan.FromSeconds(seconds));
        }

        var ended = await _log.SeenAsync(e => e.Event == "ShardEnded");
        Assert.StartsWith("shard 1 ended: exit code 3 after 0 s; next start in 1 s", ended.Text, StringComparison.Ordinal);
        Assert.Equal(8, (await BecomesAsync(ShardPhase.Running)).Starts);
    }

    [Fact]
    public async Task After_a_minute_of_life_the_wait_is_short_again()
    {
        Start("exec cat");
        for (var round = 0; round < 3; round++)
        {
            await DieAsync();
            await NextAsync(TimeSpan.FromSeconds(1 << round));
        }

        var long_ = await BecomesAsync(ShardPhase.Running);
        _time.Advance(TimeSpan.FromSeconds(60));
        SystemKill(long_.ProcessId!.Value);

        var waiting = await BecomesAsync(ShardPhase.Waiting);
        Assert.Equal(TimeSpan.FromSeconds(60), waiting.LastExit!.Lived);
        Assert.Equal(_time.GetUtcNow() + TimeSpan.FromSeconds(1), waiting.NextStart);
    }

    [Fact]
    public async Task A_signal_that_ended_it_is_named()
    {
        Start("exec cat");

        var waiting = await DieAsync();

        Assert.Equal("exit code 137 (signal 9, SIGKILL: by the kernel for want of memory, or by hand) after 0 s", waiting.LastExit!.ToString());
    }

    [Fact]
    public async Task One_that_cannot_be_started_is_told_and_tried_again()
    {
        _shard = Shard(new ShardCommand("/no/such/program", []));
        _shard.Start();

        var waiting = await BecomesAsync(ShardPhase.Waiting);
        Assert.Contains("/no/such/program", waiting.NotStarted, StringComparison.Ordinal);
        Assert.Equal((0, null), (waiting.Starts, waiting.LastExit));
        await NextAsync(TimeSpan.FromSeconds(1));
        await BecomesAsync(ShardPhase.Waiting);
        Assert.Equal(2, _log.All.Count(e => e.Event == "ShardNotStarted"));
    }

    [Fact]
    public async Task Asked_to_stop_it_may_end_in_its_own_way()
    {
        Start("trap 'echo farewell >&2; exit 7' QUIT; echo ready >&2; while :; do read line || sleep 0.01; done");
        await _log.SeenAsync(e => e.Field("Line") == "ready");

        await _shard!.StopAsync(TimeSpan.FromSeconds(30)).Soon();

        await _log.SeenAsync(e => e.Field("Line") == "farewell");
        Assert.Equal((ShardPhase.Stopped, 7, null), (_shard.State.Phase, _shard.State.LastExit!.Code, _shard.State.ProcessId));
        Assert.DoesNotContain(_log.All, e => e.Event is "ShardKilled" or "ShardEnded");
        Assert.Contains(_log.All, e => e.Event == "ShardStopped");
    }

    [Fact]
    public async Task One_that_does_not_stop_within_the_deadline_is_killed()
    {
        Start("trap '' QUIT; echo ready >&2; while :; do sleep 0.01; done");
        await _log.SeenAsync(e => e.Field("Line") == "ready");

        var stopping = _shard!.StopAsync(TimeSpan.FromSeconds(30));
        await BecomesAsync(ShardPhase.Stopping);
        await Eventually.HoldsAsync(() => _time.ArmedTimers == 1);
        Assert.False(stopping.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(30));

        // A child of the shell may still have its standard error; its last words are not waited for for ever.
        await Eventually.HoldsAsync(() => stopping.IsCompleted || Passes(TimeSpan.FromSeconds(1)));
        await stopping.Soon();
        Assert.Equal(137, _shard.State.LastExit!.Code);
        Assert.Contains(_log.All, e => e.Event == "ShardKilled");
    }

    [Fact]
    public async Task Stopped_while_it_waits_for_its_next_start_it_is_not_started()
    {
        Start("exit 1");
        await BecomesAsync(ShardPhase.Waiting);

        await _shard!.StopAsync(TimeSpan.FromSeconds(30)).Soon();

        Assert.Equal((ShardPhase.Stopped, 1, null), (_shard.State.Phase, _shard.State.Starts, _shard.State.NextStart));
        await Eventually.HoldsAsync(() => _time.ArmedTimers == 0);
    }

    [Fact]
    public async Task Stopped_before_it_was_started_and_twice_it_is_stopped()
    {
        _shard = Shard(new ShardCommand("true", []));

        await _shard.StopAsync(TimeSpan.FromSeconds(30)).Soon();
        await _shard.DisposeAsync();

        Assert.Equal(ShardPhase.Stopped, _shard.State.Phase);
    }

    [Fact]
    public void It_is_started_once()
    {
        Start("exec cat");

        Assert.Throws<InvalidOperationException>(_shard!.Start);
    }

    public async ValueTask DisposeAsync()
    {
        if (_shard is not null)
        {
            var disposing = _shard.DisposeAsync().AsTask();
            await Eventually.HoldsAsync(() => disposing.IsCompleted || Passes(TimeSpan.FromSeconds(1)));
            await disposing.Soon();
        }

        _log.Dispose();
    }

    private static void SystemKill(int process)
    {
        using var found = System.Diagnostics.Process.GetProcessById(process);
        found.Kill();
    }

    /// <summary>Lets time pass, for what is not the matter of a test. Always false.</summary>
    private bool Passes(TimeSpan time)
    {
        _time.Advance(time);
        return false;
    }

    private void Start(string script, IReadOnlyDictionary<string, string>? environment = null, params string[] arguments)
    {
        var command = new ShardCommand("/bin/sh", ["-c", script, .. arguments]);
        _shard = Shard(environment is null ? command : command with { Environment = environment });
        _shard.Start();
    }

    private ShardProcess Shard(ShardCommand command)
    {
        var shard = new ShardProcess("shard 1", command, ((ILoggerProvider)_log).CreateLogger("shards"), _time);
        shard.Changed += state => _states.Writer.TryWrite(state);
        return shard;
    }

    /// <summary>Kills the running process.</summary>
    private async Task<ShardState> DieAsync()
    {
        SystemKill((await BecomesAsync(ShardPhase.Running)).ProcessId!.Value);
        return await BecomesAsync(ShardPhase.Waiting);
    }

    private async Task NextAsync(TimeSpan wait)
    {
        await Eventually.HoldsAsync(() => _time.ArmedTimers == 1);
        _time.Advance(wait);
    }

    private async Task<ShardState> BecomesAsync(ShardPhase phase)
    {
        while (true)
        {
            var state = await _states.Reader.ReadAsync().Soon();
            if (state.Phase == phase)
                return state;
        }
    }
}
