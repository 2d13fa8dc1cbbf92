using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>Active checks take a node out, and bring it back.</summary>
public sealed class HealthTests : IAsyncDisposable
{
    private static readonly HealthSettings Health = new() { Every = TimeSpan.FromSeconds(5), Timeout = TimeSpan.FromSeconds(2), FailAfter = 3, RiseAfter = 2 };
    private readonly ManualTime _time = new();
    private readonly ScriptedProbe _probe = new();
    private readonly PoolTable _pools;
    private readonly PoolWatch _watch;

    public HealthTests()
    {
        _pools = new PoolTable(Settings(2, Health), _time);
        _watch = new PoolWatch(_pools, _probe, new DnsClient(() => new ResolverSettings(), _time), new ScriptedServices(), _time);
        _watch.Start();
    }

    private Pool Kb => _pools["kb"];

    public async ValueTask DisposeAsync()
    {
        await _watch.DisposeAsync();
        _pools.Dispose();
    }

    [Fact]
    public async Task A_node_fails_after_so_many_bad_checks_and_rises_after_so_many_good_ones()
    {
        var node = Kb.Nodes[0];
        var told = new List<NodeChange>();
        _pools.NodeChanged += told.Add;

        _probe.Says(node, "GET /health answered 503");
        await ChecksAsync(node, 2);
        Assert.Equal(NodeCondition.Up, node.State.Condition);
        await ChecksAsync(node, 3);
        await Patience.UntilAsync(() => node.State.Condition == NodeCondition.Failing);
        Assert.Equal("3 checks in a row failed, the last: GET /health answered 503", node.State.Why);
        Assert.Same(Kb.Nodes[1], Kb.TakeFree().Node);

        _probe.Says(node, null);
        var bad = _probe.Checks(node);
        await ChecksAsync(node, bad + 1);
        Assert.Equal(NodeCondition.Failing, node.State.Condition);
        await Patience.UntilAsync(() => node.State.Condition == NodeCondition.Up, Tick);
        Assert.Equal([NodeCondition.Failing, NodeCondition.Up], told.Select(change => change.New!.Condition));
    }

    [Fact]
    public async Task A_node_is_up_until_checks_say_otherwise()
    {
        Assert.All(Kb.Nodes, node => Assert.Equal(NodeCondition.Up, node.State.Condition));
        Assert.Equal(0, _probe.Checks(Kb.Nodes[0]));
        await ChecksAsync(Kb.Nodes[0], 1);
        Assert.Equal(NodeCondition.Up, Kb.Nodes[0].State.Condition);
    }

    [Fact]
    public async Task Who_waits_is_served_when_a_check_brings_the_node_back()
    {
        var (node, other) = (Kb.Nodes[0], Kb.Nodes[1]);
        Kb.Drain(other, on: true);
        _probe.Says(node, "connection refused");
        await Patience.UntilAsync(() => node.State.Condition == NodeCondition.Failing, Tick);
        Assert.Contains("10.0.0.1:8001 is failing (", Kb.Refused().Detail, StringComparison.Ordinal);

        Kb.Drain(other, on: false);
        _ = Kb.TakeFrom(other);
        var waiter = Kb.StartWaiting();
        Kb.Update(Kb.Settings with { Queue = Kb.Settings.Queue with { Wait = TimeSpan.FromMinutes(5) } });
        _probe.Says(node, null);
        await Patience.UntilAsync(() => waiter.IsCompleted, Tick);

        Assert.Same(node, (await waiter).Slot?.Node);
    }

    [Fact]
    public async Task A_check_that_takes_too_long_has_failed_and_is_not_overtaken_by_the_next()
    {
        var node = Kb.Nodes[0];
        _probe.Does(node, async stop =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, stop);
            return null;
        });

        await Patience.UntilAsync(() => node.State.Condition == NodeCondition.Failing, Tick);

        Assert.EndsWith("checks in a row failed, the last: no answer within 2 s", node.State.Why, StringComparison.Ordinal);
        Assert.False(_probe.Overlapped);
    }

    [Fact]
    public async Task What_a_check_throws_is_what_it_saw()
    {
        var node = Kb.Nodes[0];
        _probe.Does(node, _ => throw new InvalidDataException("odd bytes"));

        await Patience.UntilAsync(() => node.State.Condition == NodeCondition.Failing, Tick);

        Assert.EndsWith("the last: InvalidDataException: odd bytes", node.State.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nodes_that_join_are_checked_and_those_that_left_are_not()
    {
        var gone = Kb.Nodes[1];
        await ChecksAsync(gone, 1);
        _pools.Update(Settings(3, Health));
        await ChecksAsync(Kb.Nodes[2], 1);

        _pools.Update(Settings(1, Health));
        await Patience.UntilAsync(() => _probe.Running(gone) == 0 && _time.ArmedTimers <= 1);
        var checks = _probe.Checks(gone);
        await ChecksAsync(Kb.Nodes[0], _probe.Checks(Kb.Nodes[0]) + 3);

        Assert.Equal(checks, _probe.Checks(gone));
    }

    [Fact]
    public async Task When_checks_are_switched_off_a_failing_node_is_up_again()
    {
        var node = Kb.Nodes[0];
        _probe.Says(node, "connection refused");
        await Patience.UntilAsync(() => node.State.Condition == NodeCondition.Failing, Tick);

        _pools.Update(Settings(2, null));

        Assert.Equal(NodeCondition.Up, node.State.Condition);
        await Patience.UntilAsync(() => _time.ArmedTimers == 0);
    }

    [Fact]
    public async Task Disposing_awaits_checks_that_run()
    {
        var node = Kb.Nodes[0];
        var began = new TaskCompletionSource();
        var end = new TaskCompletionSource<string?>();
        _probe.Does(node, _ =>
        {
            began.TrySetResult();
            return end.Task;
        });
        await Patience.UntilAsync(() => began.Task.IsCompleted, Tick);

        var disposing = _watch.DisposeAsync().AsTask();
        Assert.False(disposing.IsCompleted);
        end.SetResult(null);

        await disposing.Soon();
        Assert.Equal(0, _time.ArmedTimers);
    }

    private static Dictionary<string, PoolSettings> Settings(int nodes, HealthSettings? health) => new(StringComparer.Ordinal)
    {
        ["kb"] = Pools.Settings([.. Enumerable.Repeat(1, nodes)]) with { Health = health },
    };

    private Task ChecksAsync(Node node, int count) => Patience.UntilAsync(() => _probe.Checks(node) >= count, Tick);

    private void Tick() => _time.Advance(TimeSpan.FromMilliseconds(500));
}
