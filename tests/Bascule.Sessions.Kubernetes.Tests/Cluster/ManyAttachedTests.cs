using Bascule.Testing;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>Many sessions in pods that really run, each with a client of its own, while the watch is disturbed all the time.</summary>
public sealed class ManyAttachedTests
{
    private const int Sessions = 200;

    private const int AtOnce = 20;

    // The others when the machine is so busy that the agent hears of its pod's end first, or its patience ends before the client has read.
    private static readonly string[] Ends = ["deleted", "host_stopping", RealAgents.Cut];

    [Fact]
    public async Task Of_200_sessions_each_is_attached_to_and_deleted_while_watches_are_cut_and_history_is_lost()
    {
        await using var rig = await RealAgents.StartManyAsync(processEach: 10);
        var runner = await rig.RunnerAsync();
        var orders = Enumerable.Range(0, Sessions).Select(NewOrder).ToList();

        await Parallel.ForAsync(0, Sessions, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (number, _) =>
        {
            Disturbance.Of(rig.Cluster, number);
            await LiveAsync(rig, runner, orders[number]);
        });

        await rig.Cluster.UntilAsync(cluster => cluster.List("pods").Count == 0).Soon();
        rig.Cluster.ExpireHistory();
        await Waiting.UntilAsync(() => rig.Cluster.Faults.Waiting == 0 && runner.Fault is null);
        Assert.Empty((await runner.LivingAsync(default))!);
        Assert.All(orders, order => Assert.Single(rig.News.All, news => news.Id == order.Id && news.Place is not null));
    }

    /// <summary>Each has a key and a mark of its own: nobody gets what is another one's.</summary>
    private static SessionOrder NewOrder(int number) => Rig.Order(null, "sh", "-c", "read line; echo \"$MARK heard $line\"; exec sleep 1000") with
    {
        Key = $"the key of session {number:000}",
        Environment = new Dictionary<string, string> { ["MARK"] = $"<{number:000}>" },
    };

    private static async Task LiveAsync(Rig rig, KubernetesRunner runner, SessionOrder order)
    {
        Assert.Null((await runner.StartSessionAsync(order, default)).Failure);
        var place = await rig.News.PlaceAsync(order.Id);

        using (var stranger = await RealAgents.AttachAsync(place, order.Id, "the key of session 999"))
            Assert.Equal(4401, (await RealAgents.ReadAsync(stranger)).Code);
        using var client = await RealAgents.AttachAsync(place, order.Id, order.Key);
        await RealAgents.TypeAsync(client, $"{order.Id}\n");
        var heard = $"{order.Environment["MARK"]} heard {order.Id}";
        Assert.Contains(heard, (await RealAgents.ReadAsync(client, until: heard)).Text);

        Assert.True(await runner.EndSessionAsync(Rig.Record(order, place), SessionEndings.Deleted, default));
        var (_, _, reason) = await RealAgents.ReadAsync(client);
        Assert.Contains(reason.Split(';')[0], Ends);
        Assert.Contains((await rig.News.EndAsync(order.Id)).Ending, Ends);
    }
}
