using System.Text.Json.Nodes;
using Bascule.Kubernetes.Fake;
using Bascule.Testing;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>The life of sessions as pods.</summary>
public sealed class RunnerTests
{
    [Fact]
    public async Task A_session_becomes_a_pod_whose_steps_are_told_until_it_has_a_place()
    {
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync();
        var order = Rig.Order();

        var answer = await runner.StartSessionAsync(order, default);
        var place = await rig.News.PlaceAsync(order.Id);

        Assert.Null(answer.Failure);
        Assert.Equal((KubernetesRunner.RunnerName, "bascule-" + order.Id), (answer.Place!.Runner, answer.Place.Host));
        Assert.Equal(answer.Place.Uid, place.Uid);
        Assert.Equal(8686, place.Url!.Port);
        Assert.Equal(rig.Cluster.Find("pods", Rig.Space, place.Host).Text("status", "podIP"), place.Url.Host);
        Assert.Contains(rig.News.All, news => news.Progress is { Length: > 0 });
        Assert.Null(runner.Fault);
    }

    [Fact]
    public async Task A_deleted_session_leaves_no_pod_and_twice_is_once()
    {
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync();
        var order = Rig.Order();
        await runner.StartSessionAsync(order, default);
        var place = await rig.News.PlaceAsync(order.Id);

        Assert.True(await runner.EndSessionAsync(Rig.Record(order, place), SessionEndings.Deleted, default));
        await rig.Cluster.UntilAsync(cluster => cluster.List("pods").Count == 0).Soon();
        Assert.True(await runner.EndSessionAsync(Rig.Record(order, place), SessionEndings.Deleted, default));
        Assert.Equal(SessionEndings.Deleted.Label, (await rig.News.EndAsync(order.Id)).Ending);
    }

    [Fact]
    public async Task A_namesake_of_a_pod_is_never_deleted()
    {
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync();
        var order = Rig.Order();
        await runner.StartSessionAsync(order, default);
        var place = await rig.News.PlaceAsync(order.Id);
        rig.Cluster.Remove("pods", Rig.Space, place.Host);
        await runner.StartSessionAsync(order, default);

        Assert.True(await runner.EndSessionAsync(Rig.Record(order, place), SessionEndings.Deleted, default));

        Assert.Null(rig.Cluster.Find("pods", Rig.Space, place.Host).Text("metadata", "deletionTimestamp"));
    }

    [Fact]
    public async Task A_pod_is_adopted_when_the_answer_to_its_creation_was_lost()
    {
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync();
        rig.Cluster.Faults.Next(new Fault("create", "pods", FaultKind.LostAnswer));
        var order = Rig.Order();

        var answer = await runner.StartSessionAsync(order, default);

        Assert.Null(answer.Failure);
        Assert.Equal(rig.Cluster.Find("pods", Rig.Space, answer.Place!.Host).Text("metadata", "uid"), answer.Place.Uid);
    }

    [Fact]
    public async Task A_pod_of_somebody_else_with_the_same_name_is_not_adopted()
    {
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync();
        var order = Rig.Order();
        await runner.StartSessionAsync(order, default);

        var answer = await runner.StartSessionAsync(order with { Key = "another secret, as long" }, default);

        Assert.Equal(SessionEndings.StartFailed.Label, answer.Failure!.Ending);
        Assert.Contains("already exists", answer.Failure.Text);
    }

    [Fact]
    public async Task A_session_without_a_place_is_ended_by_its_name()
    {
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync(Rig.Playing("unschedulable"));
        var order = Rig.Order();
        await runner.StartSessionAsync(order, default);

        Assert.True(await runner.EndSessionAsync(Rig.Record(order, null), SessionEndings.Deleted, default));
        Assert.True(await runner.EndSessionAsync(Rig.Record(Rig.Order(), null), SessionEndings.Deleted, default));

        await rig.Cluster.UntilAsync(cluster => cluster.List("pods").Count == 0).Soon();
    }

    [Fact]
    public async Task Another_instance_hears_of_sessions_that_it_did_not_start()
    {
        await using var rig = await Rig.StartAsync();
        var first = await rig.RunnerAsync();
        var order = Rig.Order();
        await first.StartSessionAsync(order, default);
        await rig.News.PlaceAsync(order.Id);
        await first.DisposeAsync();

        var second = await rig.RunnerAsync();

        await rig.News.FirstAsync(_ => rig.News.All.Count(news => news.Id == order.Id && news.Place is not null) == 2);
        Assert.Equal([order.Id], await second.LivingAsync(default));
    }

    [Fact]
    public async Task A_pod_that_went_while_nobody_watched_is_over_at_the_next_list()
    {
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync();
        var order = Rig.Order();
        await runner.StartSessionAsync(order, default);
        var place = await rig.News.PlaceAsync(order.Id);

        rig.Cluster.Faults.Next(new Fault("watch", "pods", FaultKind.Status, new ApiException(410, "Expired", "too old")));
        rig.Cluster.DropWatches();
        rig.Cluster.Remove("pods", Rig.Space, place.Host);
        rig.Cluster.ExpireHistory();

        var end = await rig.News.EndAsync(order.Id);
        Assert.Equal(SessionEndings.Deleted.Label, end.Ending);
        Assert.Contains(place.Host, end.Text);
    }

    [Fact]
    public async Task Pods_belong_to_the_configured_owner_and_go_with_it()
    {
        await using var rig = await Rig.StartAsync();
        rig.Cluster.Put("configmaps", Rig.Space, new() { ["metadata"] = new JsonObject { ["name"] = "release" } });
        Assert.True(PodOwner.TryParse("configmaps/release", out var owner));
        var runner = await rig.RunnerAsync(Rig.Options with { Owner = owner });
        var order = Rig.Order();
        await runner.StartSessionAsync(order, default);
        await rig.News.PlaceAsync(order.Id);

        using var client = rig.Client();
        var gone = await client.DeleteAsync($"api/v1/namespaces/{Rig.Space}/configmaps/release", [], default);

        Assert.Null(gone.Error);
        Assert.Equal(SessionEndings.Deleted.Label, (await rig.News.EndAsync(order.Id)).Ending);
    }

    [Fact]
    public async Task A_missing_owner_is_said_before_a_pod_is_made()
    {
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync(Rig.Options with { Owner = new PodOwner("v1", "ConfigMap", "configmaps", "release") });

        var answer = await runner.StartSessionAsync(Rig.Order(), default);

        Assert.Contains("configmaps \"release\" not found", answer.Failure!.Text);
        Assert.Empty(rig.Cluster.List("pods"));
    }

    [Fact]
    public async Task A_pod_without_an_agent_has_the_exec_of_the_API_server_for_a_place()
    {
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync(Rig.Options with { LegacyExec = true });
        var order = Rig.Order(null, "info", "domain x");
        await runner.StartSessionAsync(order, default);

        var place = await rig.News.PlaceAsync(order.Id);

        Assert.StartsWith(rig.Cluster.Https.AbsoluteUri, place.Url!.AbsoluteUri, StringComparison.Ordinal);
        Assert.EndsWith($"/pods/{place.Host}/exec?stdout=true&stdin=true&tty=true&command=info&command=domain%20x", place.Url.AbsoluteUri, StringComparison.Ordinal);
        Assert.Null(PodTemplate.SecretOf(rig.Cluster.Find("pods", Rig.Space, place.Host)!));
    }

    [Fact]
    public async Task A_watch_that_is_cut_is_no_fault_and_one_that_is_refused_is()
    {
        await using var rig = await Rig.StartAsync();
        var token = rig.Cluster.NewAdminToken();
        var runner = await rig.RunnerAsync(access: rig.Access(token));
        rig.Cluster.DropWatches();
        var order = Rig.Order();
        await runner.StartSessionAsync(order, default);
        await rig.News.PlaceAsync(order.Id);
        Assert.Null(runner.Fault);

        rig.Cluster.Revoke(token);
        rig.Cluster.DropWatches();

        await Waiting.UntilAsync(() => runner.Fault?.Contains("401", StringComparison.Ordinal) == true);
    }

    [Theory]
    [InlineData("configmaps/x", true)]
    [InlineData("deployments/bascule", true)]
    [InlineData("nodes/n1", false)]
    [InlineData("configmaps/", false)]
    [InlineData("bascule", false)]
    public void An_owner_is_a_resource_and_a_name(string text, bool isGood) => Assert.Equal(isGood, PodOwner.TryParse(text, out _));
}
