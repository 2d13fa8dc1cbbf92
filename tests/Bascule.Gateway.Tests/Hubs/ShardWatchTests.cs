using Bascule.Backends;
using Bascule.Model;
using Bascule.Testing;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway.Tests;

/// <summary>A shard that hangs gets no clients, and is killed when it goes on. Its process is a shell here, and the test speaks for it.</summary>
public sealed class ShardWatchTests : IAsyncLifetime
{
    private ShardBench? _bench;
    private ShardProcess? _process;
    private ShardWatch? _watch;

    private ShardBench Bench => _bench!;

    public async ValueTask InitializeAsync()
    {
        _bench = await ShardBench.StartAsync();
        _process = new ShardProcess("shard 1", new ShardCommand("/bin/sh", ["-c", "exec cat"]), ((ILoggerProvider)_bench.Log).CreateLogger("shards"), _bench.Time);
        _process.Start();
        await Eventually.HoldsAsync(() => _process.State.Phase == ShardPhase.Running);
        _watch = new ShardWatch(_process, _bench.Client);
        Look(1);
        await _bench.SayStatusAsync();
        Look(1);
    }

    public async ValueTask DisposeAsync()
    {
        var stopping = _process!.DisposeAsync().AsTask();
        await Eventually.HoldsAsync(() => stopping.IsCompleted || Passes());
        await stopping.Soon();
        await _bench!.DisposeAsync();
    }

    [Fact]
    public async Task One_that_says_nothing_gets_no_clients_until_it_speaks_again()
    {
        Look(ShardWatch.LooksUntilAway - 1);
        Assert.True(Bench.Node.IsUsable);
        Look(1);

        Assert.Equal((NodeCondition.Failing, "it has said nothing for 5 s and more: it hangs, or was stopped"), (Bench.Node.State.Condition, Bench.Node.State.Why));
        Look(3);
        Assert.Single(Bench.Log.All, e => e.Event == "ShardAway");
        await Bench.SayStatusAsync();
        await Eventually.HoldsAsync(() => Bench.Node.IsUsable);
        Look(1);
        Assert.True(Bench.Node.IsUsable);
        Assert.Equal(1, _process!.State.Starts);
    }

    [Fact]
    public async Task One_that_stays_silent_is_killed_and_started_again_and_its_clients_end_with_the_reason()
    {
        var process = _process!.State.ProcessId;
        using var socket = await SocketPair.TcpAsync();
        var held = Bench.Connection();
        var taking = Bench.Client.TakeAsync(held, ShardBench.Order(held), socket.Other, CancellationToken.None);
        await Bench.FrameAsync(ShardFrame.Take);
        Bench.Say(ShardFrame.Taken, new TakenNote(held.Attempt, null), ShardJson.Default.TakenNote);
        Assert.Null((await taking.Soon()).Fault);
        Look(1);

        Look(ShardWatch.LooksUntilKilled - 1);
        Assert.False(held.Ended.IsCompleted);
        Look(1);

        var note = await held.Ended.Soon();
        Assert.Equal((EndReasons.BackendLost.Label, "the line to shard:1 is down: it said nothing for 30 s, and is started again"), (note.Reason, note.Detail));
        await Eventually.HoldsAsync(() => _process.State is { Starts: 2, Phase: ShardPhase.Running } || Passes());
        Assert.NotEqual(process, _process.State.ProcessId);
        Assert.Contains(Bench.Log.All, e => e.Event == "ShardGivenUp" && e.Text.StartsWith($"shard 1, process {process}, is killed, to be started again: it said nothing for 30 s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_process_that_is_new_has_longer_to_speak_for_the_first_time()
    {
        Look(ShardWatch.LooksUntilKilled);
        await Eventually.HoldsAsync(() => _process!.State is { Starts: 2, Phase: ShardPhase.Running } || Passes());

        // The first one sees that it is new.
        Look(ShardWatch.LooksUntilKilledAtStart);
        Assert.Equal(2, _process!.State.Starts);
        Look(1);
        await Eventually.HoldsAsync(() => _process.State.Starts == 3 || Passes());
    }

    [Fact]
    public async Task A_client_that_waits_for_one_that_hangs_is_cut_on_both_sides()
    {
        using var socket = await SocketPair.TcpAsync();
        var connection = Bench.Connection();
        var taking = Bench.Client.TakeAsync(connection, ShardBench.Order(connection), socket.Other, CancellationToken.None);
        var atShard = await Bench.FrameAsync(ShardFrame.Take);

        Look(ShardWatch.LooksUntilAway);

        var outcome = await taking.Soon();
        Assert.Equal(EndReasons.BackendSilent, outcome.Cut);
        Assert.Equal("shard:1 does not answer: it has said nothing for 5 s and more: it hangs, or was stopped", outcome.Fault);
        await socket.One.EndsAsync();
        // The shard goes on, and finds nobody to speak to.
        using var late = new System.Net.Sockets.Socket(atShard.Descriptor!);
        Assert.Throws<System.Net.Sockets.SocketException>(() => late.Send("101"u8));
        Bench.Say(ShardFrame.Taken, new TakenNote(connection.Attempt, null), ShardJson.Default.TakenNote);
        await Bench.SayStatusAsync();
        Assert.True(Bench.Client.Link!.IsOpen);
    }

    [Fact]
    public async Task What_is_asked_of_its_clients_waits_on_the_line()
    {
        using var socket = await SocketPair.TcpAsync();
        var held = Bench.Connection();
        var taking = Bench.Client.TakeAsync(held, ShardBench.Order(held), socket.Other, CancellationToken.None);
        await Bench.FrameAsync(ShardFrame.Take);
        Bench.Say(ShardFrame.Taken, new TakenNote(held.Attempt, null), ShardJson.Default.TakenNote);
        await taking.Soon();
        Look(1);
        Look(ShardWatch.LooksUntilAway);

        held.End(new Ending(EndReasons.TokenRevoked), TimeSpan.Zero);

        Assert.Equal(EndReasons.TokenRevoked.Label, (await Bench.FrameAsync(ShardFrame.Leave, ShardJson.Default.LeaveOrder)).Reason);
        Assert.Null(await EndedAfterAsync(held, TimeSpan.FromSeconds(5)));
        Bench.Say(ShardFrame.Ended, new EndedNote(held.Attempt, EndReasons.TokenRevoked.Label, null, null, 4603, "", 0, 0, 0, 0, null, null), ShardJson.Default.EndedNote);
        Assert.Equal(4603, (await held.EndedWithinAsync(TimeSpan.FromSeconds(5), TimeProvider.System).Soon())!.Code);
    }

    private async Task<EndedNote?> EndedAfterAsync(HandedConnection connection, TimeSpan deadline)
    {
        var ended = connection.EndedWithinAsync(deadline, Bench.Time);
        Bench.Time.Advance(deadline);
        return await ended.Soon();
    }

    private void Look(int times)
    {
        for (var i = 0; i < times; i++)
            _watch!.Look();
    }

    /// <summary>Lets time pass, for waits that are not the matter of a test. Always false.</summary>
    private bool Passes()
    {
        Bench.Time.Advance(TimeSpan.FromSeconds(1));
        return false;
    }
}
