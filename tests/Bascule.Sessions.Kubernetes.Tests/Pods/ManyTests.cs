using Bascule.Kubernetes.Fake;
using Bascule.Testing;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>Many sessions, while the watch is disturbed all the time.</summary>
public sealed class ManyTests
{
    private const int Sessions = 200;

    [Fact]
    public async Task Of_200_sessions_none_is_missed_while_watches_are_cut_and_history_is_lost()
    {
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync();
        var orders = Enumerable.Range(0, Sessions).Select(_ => Rig.Order()).ToList();
        var places = new System.Collections.Concurrent.ConcurrentDictionary<SessionId, SessionPlace>();

        await Parallel.ForAsync(0, Sessions, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, stop) =>
        {
            Disturbance.Of(rig.Cluster, number);
            Assert.Null((await runner.StartSessionAsync(orders[number], stop)).Failure);
            places[orders[number].Id] = await rig.News.PlaceAsync(orders[number].Id);
        });
        Assert.Equal(Sessions, (await runner.LivingAsync(default))!.Count);

        await Parallel.ForAsync(0, Sessions, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, stop) =>
        {
            Disturbance.Of(rig.Cluster, number);
            Assert.True(await runner.EndSessionAsync(Rig.Record(orders[number], places[orders[number].Id]), SessionEndings.Deleted, stop));
            Assert.Equal(SessionEndings.Deleted.Label, (await rig.News.EndAsync(orders[number].Id)).Ending);
        });

        Assert.Empty(rig.Cluster.List("pods"));
        Assert.Empty((await runner.LivingAsync(default))!);
        Assert.All(orders, order => Assert.Single(rig.News.All, news => news.Id == order.Id && news.Place is not null));
        Assert.All(orders, order => Assert.Single(rig.News.All, news => news.Id == order.Id && news.End is not null));
    }

    [Fact]
    public async Task Pods_that_nobody_needs_are_swept_and_no_others()
    {
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync(time: time);
        var stranger = await rig.RunnerAsync(Rig.Options with { Gateway = "another" }, time);
        var (known, unknown, old, others) = (Rig.Order(), Rig.Order(), Rig.Order() with { MaximumLife = TimeSpan.FromSeconds(30) }, Rig.Order());
        foreach (var order in (SessionOrder[])[known, unknown, old, others])
        {
            Assert.Null((await (order == others ? stranger : runner).StartSessionAsync(order, default)).Failure);
            await rig.News.PlaceAsync(order.Id);
        }

        Task<bool> IsKnown(SessionId id) => Task.FromResult(id == known.Id || id == old.Id);

        Assert.Equal(0, await runner.SweepAsync(IsKnown, default));
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(1, await runner.SweepAsync(IsKnown, default));
        time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(1, await runner.SweepAsync(IsKnown, default));
        Assert.Equal(0, await runner.SweepAsync(IsKnown, default));

        await rig.Cluster.UntilAsync(cluster => cluster.List("pods").Count == 2).Soon();
        Assert.NotNull(rig.Cluster.Find("pods", Rig.Space, PodNames.Of(known.Id)));
    }

    [Fact]
    public async Task A_sweep_that_cannot_ask_sweeps_nothing()
    {
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync();
        rig.Cluster.Faults.Next(new Fault("list", "pods", FaultKind.Status, new ApiException(500, "InternalError", "no")), times: 2);

        Assert.Equal(0, await runner.SweepAsync(_ => Task.FromResult(false), default));
        Assert.Null(await runner.LivingAsync(default));
    }
}
