using System.Text.Json.Nodes;
using Bascule.Kubernetes.Fake;
using Bascule.Testing;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>Whatever Kubernetes has against a session becomes a reason that a user understands.</summary>
public sealed class ReasonTests
{
    [Theory]
    [InlineData("image-pull", "image_pull", "example/tools:1")]
    [InlineData("config-error", "start_failed", "secret \"missing\" not found")]
    [InlineData("start-error", "start_failed", "executable file not found")]
    [InlineData("evicted", "evicted", "low on resource: memory")]
    [InlineData("oom", "out_of_memory", "memory")]
    [InlineData("deadline", "maximum_life", "longer than the specified deadline")]
    [InlineData("node-lost", "host_lost", "unresponsive")]
    [InlineData("taint", "host_lost", "NoExecute taint")]
    public async Task What_becomes_of_a_pod_is_the_ending_of_its_session(string play, string ending, string text)
    {
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync(Rig.Playing(play));
        var order = Rig.Order();
        await runner.StartSessionAsync(order, default);

        var end = await rig.News.EndAsync(order.Id);

        Assert.Equal(ending, end.Ending);
        Assert.Contains(text, end.Text);
    }

    [Theory]
    [InlineData(0, "exited", 0, null)]
    [InlineData(3, "exited", 3, null)]
    [InlineData(130, "signalled", 130, "SIGINT")]
    [InlineData(200, "exited", 200, null)]
    public async Task The_exit_code_of_a_pod_is_that_of_its_session(int code, string ending, int told, string? signal)
    {
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync(Rig.Playing($"exit-{code}"));
        var order = Rig.Order();
        await runner.StartSessionAsync(order, default);

        var end = await rig.News.EndAsync(order.Id);

        Assert.Equal((ending, told, signal), (end.Ending, end.ExitCode, end.Signal));
    }

    [Theory]
    [InlineData(129, null, "deleted")]
    [InlineData(137, null, "deleted")]
    [InlineData(143, "[8006] the last line of its log", "deleted")]
    [InlineData(129, """{"cause":"host_stopping","signal":"SIGHUP"}""", "deleted")]
    [InlineData(143, """{"cause":"signalled","signal":"SIGTERM"}""", "deleted")]
    [InlineData(129, """{"cause":"idle","signal":"SIGHUP"}""", "idle")]
    [InlineData(143, """{"cause":"exited","code":143}""", "exited")]
    [InlineData(3, null, "exited")]
    [InlineData(139, null, "signalled")]
    public void The_signals_of_a_deletion_are_no_fault_of_the_command(int code, string? message, string ending)
    {
        var pod = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "one", ["deletionTimestamp"] = "2026-01-01T00:00:00Z" },
            ["status"] = new JsonObject
            {
                ["phase"] = "Failed",
                ["containerStatuses"] = new JsonArray(new JsonObject { ["state"] = new JsonObject { ["terminated"] = new JsonObject { ["exitCode"] = code, ["reason"] = "Error", ["message"] = message } } }),
            },
        };

        Assert.Equal(ending, PodEnd.Of(pod)!.Ending.Label);
    }

    [Fact]
    public async Task An_image_that_cannot_be_pulled_is_told_with_the_event_and_its_pod_removed()
    {
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync(Rig.Playing("image-pull"));
        var order = Rig.Order();
        await runner.StartSessionAsync(order, default);

        Assert.Contains("rpc error: code = NotFound", (await rig.News.EndAsync(order.Id)).Text);
        await rig.Cluster.UntilAsync(cluster => cluster.List("pods").Count == 0).Soon();
    }

    [Theory]
    [InlineData("unschedulable", "unschedulable", "0/3 nodes are available: 3 Insufficient memory")]
    [InlineData("never-ready", "start_timeout", "Readiness probe failed")]
    public async Task A_pod_that_does_not_start_in_time_ends_with_what_it_waited_for(string play, string ending, string text)
    {
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync(Rig.Playing(play), time);
        var order = Rig.Order();
        await runner.StartSessionAsync(order, default);
        await rig.News.FirstAsync(news => news.Id == order.Id && (news.Progress!.Contains("No node takes", StringComparison.Ordinal) || news.Progress.Contains("agent", StringComparison.Ordinal)));
        await rig.Cluster.UntilAsync(cluster => cluster.List("events").Any(one => one.Text("type") == "Warning")).Soon();

        time.Advance(Rig.Options.PodStart + TimeSpan.FromSeconds(10));

        var end = await rig.News.EndAsync(order.Id);
        Assert.Equal(ending, end.Ending);
        Assert.Contains(text, end.Text);
    }

    [Fact]
    public async Task A_gateway_without_a_role_is_told_which_verb_it_lacks()
    {
        await using var rig = await Rig.StartAsync();
        var access = rig.Access(rig.Cluster.NewAccountToken("default", "bascule"));
        await using var runner = new KubernetesRunner(Rig.Options, access, Microsoft.Extensions.Logging.Abstractions.NullLogger<KubernetesRunner>.Instance, TimeProvider.System);
        await runner.StartAsync(rig.News.Add, default);

        var answer = await runner.StartSessionAsync(Rig.Order(), default);

        Assert.Equal(SessionEndings.RunnerDenied.Label, answer.Failure!.Ending);
        Assert.Contains("lacks the verb create on pods", answer.Failure.Text);
        Assert.Contains("system:serviceaccount:default:bascule", runner.Fault);
    }

    [Fact]
    public async Task A_token_that_nobody_knows_is_no_passing_fault()
    {
        await using var rig = await Rig.StartAsync();
        await using var runner = new KubernetesRunner(Rig.Options, rig.Access("unknown"), Microsoft.Extensions.Logging.Abstractions.NullLogger<KubernetesRunner>.Instance, TimeProvider.System);

        var answer = await runner.StartSessionAsync(Rig.Order(), default);

        Assert.Equal(SessionEndings.RunnerDenied.Label, answer.Failure!.Ending);
        Assert.Contains("401", answer.Failure.Text);
    }

    [Fact]
    public async Task A_full_quota_is_told_as_such()
    {
        await using var rig = await Rig.StartAsync();
        rig.Cluster.Put("resourcequotas", Rig.Space, new()
        {
            ["metadata"] = new JsonObject { ["name"] = "sessions" },
            ["spec"] = new JsonObject { ["hard"] = new JsonObject { ["pods"] = "1" } },
        });
        var runner = await rig.RunnerAsync();
        Assert.Null((await runner.StartSessionAsync(Rig.Order(), default)).Failure);

        var answer = await runner.StartSessionAsync(Rig.Order(), default);

        Assert.Equal(SessionEndings.RunnerQuota.Label, answer.Failure!.Ending);
        Assert.Contains("used: pods=1, limited: pods=1", answer.Failure.Text);
        Assert.Null(runner.Fault);
    }

    [Fact]
    public async Task A_pod_that_is_not_valid_names_the_field()
    {
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync(Rig.Options with { Memory = "much" });

        var answer = await runner.StartSessionAsync(Rig.Order(), default);

        Assert.Equal(SessionEndings.PodRejected.Label, answer.Failure!.Ending);
        Assert.Contains("spec.containers[0].resources.limits.memory", answer.Failure.Text);
    }

    [Fact]
    public async Task What_a_policy_of_the_namespace_forbids_is_a_rejected_pod_and_no_missing_role()
    {
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync();
        rig.Cluster.Faults.Next(new Fault("create", "pods", FaultKind.Status, new ApiException(403, "Forbidden", "pods \"x\" is forbidden: violates PodSecurity \"restricted:latest\": runAsNonRoot")));

        var answer = await runner.StartSessionAsync(Rig.Order(), default);

        Assert.Equal(SessionEndings.PodRejected.Label, answer.Failure!.Ending);
        Assert.Contains("PodSecurity", answer.Failure.Text);
        Assert.Null(runner.Fault);
    }

    [Fact]
    public async Task A_missing_namespace_is_named()
    {
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync();
        rig.Cluster.Remove("namespaces", "", Rig.Space);

        var answer = await runner.StartSessionAsync(Rig.Order(), default);

        Assert.Equal(SessionEndings.StartFailed.Label, answer.Failure!.Ending);
        Assert.Contains("namespaces \"sessions\" not found", answer.Failure.Text);
        Assert.Equal(answer.Failure.Text, runner.Fault);
    }

    [Fact]
    public async Task A_profile_without_an_image_is_refused_before_anything_is_asked()
    {
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync(Rig.Options with { Image = null });

        var answer = await runner.StartSessionAsync(Rig.Order(), default);

        Assert.Equal(SessionEndings.PodRejected.Label, answer.Failure!.Ending);
    }

    [Fact]
    public async Task An_API_server_that_is_away_is_said_and_found_again()
    {
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync();
        rig.Cluster.Faults.Next(new Fault("create", "pods", FaultKind.Cut), times: 3);

        var answer = await runner.StartSessionAsync(Rig.Order(), default);

        Assert.Equal(SessionEndings.RunnerUnavailable.Label, answer.Failure!.Ending);
        Assert.Null((await runner.StartSessionAsync(Rig.Order(), default)).Failure);
    }

    [Fact]
    public async Task A_server_with_too_much_to_do_is_asked_again_when_it_says()
    {
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync();
        rig.Cluster.Faults.Next(Fault.TooManyRequests("create", "pods", TimeSpan.FromSeconds(1)));

        Assert.Null((await runner.StartSessionAsync(Rig.Order(), default)).Failure);
        Assert.Equal(0, rig.Cluster.Faults.Waiting);
    }

    [Fact]
    public async Task A_server_that_never_has_time_is_unavailable()
    {
        await using var rig = await Rig.StartAsync();
        var runner = await rig.RunnerAsync();
        rig.Cluster.Faults.Next(new Fault("create", "pods", FaultKind.Status, new ApiException(429, "TooManyRequests", "later") { RetryAfter = TimeSpan.FromSeconds(1) }), times: 20);
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        using var client = rig.Client(time);

        var asked = client.CreateAsync($"api/v1/namespaces/{Rig.Space}/pods", [], default);
        while (!asked.IsCompleted)
        {
            await Task.WhenAny(asked, Waiting.UntilAsync(() => time.ArmedTimers > 1 || asked.IsCompleted));
            time.Advance(TimeSpan.FromSeconds(1));
        }

        var answer = await asked;
        Assert.Equal((429, SessionEndings.RunnerUnavailable), (answer.Error!.Status, Refusals.Read(answer.Error).Ending));
        Assert.True(rig.Cluster.Faults.Waiting > 10);
        Assert.Null(runner.Fault);
    }
}
