using Bascule.Kubernetes.Fake;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>The files in deploy/kubernetes: they apply, and their rules are enough for the gateway and no more.</summary>
public sealed class DeployTests
{
    private const string Sessions = "bascule-sessions";

    internal static string Folder => Path.Combine(Root(), "deploy", "kubernetes");

    [Fact]
    public async Task They_apply_twice_and_the_second_time_nothing_changes()
    {
        KubectlRun.MustBeThere();
        await using var cluster = await FakeCluster.StartAsync();
        using var kubectl = new KubectlRun(cluster);

        var first = await kubectl.SayAsync("apply", "-k", Folder);
        var second = await kubectl.SayAsync("apply", "-k", Folder);

        Assert.All(first.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.EndsWith(" created", line, StringComparison.Ordinal));
        Assert.All(second.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.EndsWith(" unchanged", line, StringComparison.Ordinal));
        Assert.Contains("networkpolicy.networking.k8s.io/default-deny", first);
    }

    [Fact]
    public async Task Their_Role_is_enough_for_a_whole_life_of_a_session()
    {
        KubectlRun.MustBeThere();
        await using var rig = await Rig.StartAsync();
        using var kubectl = new KubectlRun(rig.Cluster);
        await kubectl.SayAsync("apply", "-k", Folder);
        Assert.True(PodOwner.TryParse("configmaps/bascule-sessions", out var owner));
        var found = rig.Access(rig.Cluster.NewAccountToken("bascule", "bascule"));
        var access = new KubeAccess { Server = found.Server, Source = found.Source, Namespace = Sessions, Token = found.Token, Authorities = found.Authorities };

        var runner = await rig.RunnerAsync(Rig.Options with { Owner = owner, ServiceAccount = "session" }, access: access);
        var order = Rig.Order();
        Assert.Null((await runner.StartSessionAsync(order, default)).Failure);
        var place = await rig.News.PlaceAsync(order.Id);
        var (exec, refused) = await PodExec.OpenAsync(runner.Client, new PodExecOrder(Sessions, place.Host, ["true"]), TimeProvider.System, default);
        await using (exec!)
            Assert.Null(refused);
        Assert.Equal(0, await runner.SweepAsync(_ => Task.FromResult(true), default));
        Assert.True(await runner.EndSessionAsync(Rig.Record(order, place), SessionEndings.Deleted, default));
        Assert.Equal(SessionEndings.Deleted.Label, (await rig.News.EndAsync(order.Id)).Ending);

        var failing = await rig.RunnerAsync(Rig.Playing("image-pull") with { Gateway = "failing" }, access: access);
        var stuck = Rig.Order();
        await failing.StartSessionAsync(stuck, default);
        Assert.Contains("Kubernetes says", (await rig.News.EndAsync(stuck.Id)).Text);
    }

    [Theory]
    [InlineData("yes", "bascule-sessions", "create", "pods")]
    [InlineData("yes", "bascule-sessions", "create", "pods/exec")]
    [InlineData("yes", "bascule-sessions", "get", "pods/exec")]
    [InlineData("yes", "bascule", "watch", "endpointslices.discovery.k8s.io")]
    [InlineData("no", "bascule-sessions", "delete", "pods/exec")]
    [InlineData("no", "bascule-sessions", "get", "secrets")]
    [InlineData("no", "bascule-sessions", "update", "pods")]
    [InlineData("no", "bascule-sessions", "create", "roles.rbac.authorization.k8s.io")]
    [InlineData("no", "bascule", "create", "pods")]
    [InlineData("no", "default", "list", "pods")]
    public async Task Their_Role_allows_what_is_needed_and_no_more(string answer, string space, string verb, string resource)
    {
        KubectlRun.MustBeThere();
        await using var cluster = await FakeCluster.StartAsync();
        using var admin = new KubectlRun(cluster);
        await admin.SayAsync("apply", "-k", Folder);
        using var gateway = new KubectlRun(cluster, cluster.NewAccountToken("bascule", "bascule"));

        Assert.Equal(answer, await gateway.CanAsync(verb, resource, space));
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Bascule.slnx")))
            folder = folder.Parent;
        return folder.FullName;
    }
}
