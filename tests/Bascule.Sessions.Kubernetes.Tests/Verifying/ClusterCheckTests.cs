using System.Text.Json.Nodes;
using Bascule.Diagnostics;
using Bascule.Kubernetes.Fake;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>What the check of a cluster finds, in a good one and in each broken one.</summary>
public sealed class ClusterCheckTests
{
    [Fact]
    public async Task In_a_good_cluster_every_step_is_good()
    {
        await using var deployed = await DeployedCluster.StartAsync(start => Task.FromResult<IPodProcess?>(new InProcessAgent(start)));

        var report = await deployed.CheckAsync();

        Assert.True(report.IsGood, string.Join('\n', report.Verdicts));
        Assert.Empty(report.Verdicts);
        Assert.All(report.Steps, step => Assert.Equal(step.Id == "token" ? StepResult.Skipped : StepResult.Ok, step.Result));
        Assert.Contains("101, closed with 4401", Step(report, "path-to-pod").Evidence);
        Assert.Contains("v1.33.0", Step(report, "api-server").Evidence);
        Assert.Contains("not those of the gateway", Step(report, "identity").Evidence);
    }

    [Fact]
    public async Task The_gateway_itself_has_all_its_rights_and_says_what_it_may_not_look_at()
    {
        await using var deployed = await DeployedCluster.StartAsync(start => Task.FromResult<IPodProcess?>(new InProcessAgent(start)));

        var report = await deployed.CheckAsync(deployed.Access(deployed.GatewayToken));

        Assert.Empty(report.Verdicts);
        Assert.All(report.Steps.Where(step => step.Id.StartsWith("right-", StringComparison.Ordinal)), step => Assert.Contains("allowed by RoleBinding", step.Evidence));
        Assert.Equal("system:serviceaccount:bascule:bascule", Step(report, "identity").Evidence);
        Assert.Equal(StepResult.Ok, Step(report, "path-to-pod").Result);
        Assert.Equal(StepResult.Ok, Step(report, "endpoints").Result);
        Assert.Contains("may not read the NetworkPolicies of namespace bascule-sessions", Step(report, "network-policy").Evidence);
    }

    [Theory]
    [InlineData("create", "pods", "right-create-pods")]
    [InlineData("watch", "pods", "right-watch-pods")]
    [InlineData("delete", "pods", "right-delete-pods")]
    [InlineData("get", "pods/exec", "right-get-pods-exec")]
    [InlineData("create", "pods/exec", "right-create-pods-exec")]
    public async Task A_right_that_is_missing_is_named_with_the_line_that_gives_it(string verb, string resource, string step)
    {
        await using var deployed = await DeployedCluster.StartAsync();
        Assert.Equal("yes", await deployed.CanGatewayAsync(verb, resource));
        deployed.Cluster.Change("roles", DeployedCluster.Sessions, "bascule-runner", role =>
        {
            foreach (var rule in role.Items("rules").Where(rule => rule.Texts("resources").Contains(resource)))
                rule["verbs"] = new JsonArray([.. rule.Texts("verbs").Where(one => one != verb).Select(one => (JsonNode?)one)]);
        });

        var report = await deployed.CheckAsync(deployed.Access(deployed.GatewayToken), new ClusterQuestion { LegacyExec = true });

        Assert.Equal("no", await deployed.CanGatewayAsync(verb, resource));
        var verdict = Assert.Single(report.Verdicts);
        Assert.Equal(("CLUSTER-RIGHT-MISSING", Severity.Error), (verdict.RuleId, verdict.Severity));
        Assert.Equal($"These credentials may not {verb} {resource} in namespace bascule-sessions.", verdict.Headline);
        Assert.Contains($"resources: [{resource}], verbs: [{verb}]", verdict.Fix);
        Assert.Equal(StepResult.Fail, Step(report, step).Result);
    }

    [Theory]
    [InlineData("CLUSTER-NO-NAMESPACE", "namespace")]
    [InlineData("CLUSTER-NAMESPACE-GOING", "namespace")]
    [InlineData("CLUSTER-NO-GATEWAY-PODS", "gateway-pods")]
    [InlineData("CLUSTER-GATEWAY-NOT-READY", "gateway-pods")]
    [InlineData("CLUSTER-SESSION-PODS-STUCK", "session-pods")]
    [InlineData("CLUSTER-NO-SERVICE", "service")]
    [InlineData("CLUSTER-SERVICE-SELECTS-NOTHING", "service")]
    [InlineData("CLUSTER-PORT-MISMATCH", "service")]
    [InlineData("CLUSTER-NO-ENDPOINTS", "endpoints")]
    [InlineData("CLUSTER-ENDPOINT-PORT", "endpoints")]
    [InlineData("CLUSTER-NO-NETWORK-POLICY", "network-policy")]
    [InlineData("CLUSTER-POLICY-SHUTS-AGENT", "network-policy")]
    [InlineData("CLUSTER-QUOTA-NEAR", "quota")]
    [InlineData("CLUSTER-QUOTA-USED", "quota")]
    public async Task What_is_broken_is_named(string rule, string step)
    {
        await using var deployed = await DeployedCluster.StartAsync();
        await BreakAsync(deployed, rule);

        var report = await deployed.CheckAsync();

        var verdict = Step(report, step).Verdict;
        Assert.Equal(rule, verdict?.RuleId);
        Assert.False(report.IsGood);
        Assert.All(new[] { verdict!.Headline, verdict.Seen, verdict.Why, verdict.Symptom, verdict.Fix }, Assert.NotEmpty);
    }

    [Theory]
    [InlineData(true, Severity.Error)]
    [InlineData(false, Severity.Warning)]
    public async Task A_pod_that_cannot_be_reached_is_a_fault_from_inside_of_the_cluster(bool isInside, Severity severity)
    {
        await using var deployed = await DeployedCluster.StartAsync();

        var report = await deployed.CheckAsync(isInside: isInside);

        var verdict = Assert.Single(report.Verdicts);
        Assert.Equal(("CLUSTER-POD-UNREACHABLE", severity), (verdict.RuleId, verdict.Severity));
    }

    [Fact]
    public async Task A_pod_in_which_something_else_listens_is_named()
    {
        await using var deployed = await DeployedCluster.StartAsync(new PlainAgent.Yard().LaunchAsync);

        var verdict = Assert.Single((await deployed.CheckAsync()).Verdicts);

        Assert.Equal("CLUSTER-AGENT-NO-UPGRADE", verdict.RuleId);
        Assert.Contains("status 401", verdict.Seen);
    }

    private static ProbeStep Step(CheckReport report, string id) => report.Steps.Single(step => step.Id == id);

    private static async Task BreakAsync(DeployedCluster deployed, string rule)
    {
        var (cluster, sessions, gateways) = (deployed.Cluster, DeployedCluster.Sessions, DeployedCluster.Gateways);
        switch (rule)
        {
            case "CLUSTER-NO-NAMESPACE":
                cluster.Remove("namespaces", "", sessions);
                break;
            case "CLUSTER-NAMESPACE-GOING":
                cluster.Change("namespaces", "", sessions, one => one["status"] = new JsonObject { ["phase"] = "Terminating" });
                break;
            case "CLUSTER-NO-GATEWAY-PODS":
                cluster.Remove("pods", gateways, "bascule-1");
                cluster.Remove("pods", gateways, "bascule-2");
                break;
            case "CLUSTER-GATEWAY-NOT-READY":
                deployed.NewGateway("bascule-3", "image-pull");
                break;
            case "CLUSTER-SESSION-PODS-STUCK":
                await deployed.NewSessionAsync("unschedulable");
                await cluster.UntilAsync(one => one.List("pods", sessions).Any(pod => PodSight.Of(pod).Trouble is not null));
                break;
            default:
                BreakObjects(cluster, rule, sessions, gateways);
                break;
        }
    }

    private static void BreakObjects(FakeCluster cluster, string rule, string sessions, string gateways)
    {
        switch (rule)
        {
            case "CLUSTER-NO-SERVICE":
                cluster.Remove("services", gateways, "bascule");
                break;
            case "CLUSTER-SERVICE-SELECTS-NOTHING":
                cluster.Change("services", gateways, "bascule", one => one["spec"]!["selector"] = new JsonObject { ["app"] = "bascule" });
                break;
            case "CLUSTER-PORT-MISMATCH":
                cluster.Change("services", gateways, "bascule", one => one["spec"]!["ports"]![0]!["targetPort"] = 8080);
                break;
            case "CLUSTER-NO-ENDPOINTS":
                cluster.Remove("endpointslices", gateways, "bascule-x");
                break;
            case "CLUSTER-ENDPOINT-PORT":
                cluster.Change("endpointslices", gateways, "bascule-x", one => one["ports"]![0]!["port"] = 8080);
                break;
            case "CLUSTER-NO-NETWORK-POLICY":
                foreach (var policy in cluster.List("networkpolicies", sessions))
                    cluster.Remove("networkpolicies", sessions, PodNames.NameOf(policy));
                break;
            case "CLUSTER-POLICY-SHUTS-AGENT":
                cluster.Remove("networkpolicies", sessions, "gateway-to-agent");
                break;
            default:
                var used = rule == "CLUSTER-QUOTA-USED" ? "200" : "190";
                cluster.Change("resourcequotas", sessions, "sessions", one => one["status"] = new JsonObject
                {
                    ["hard"] = one["spec"]!["hard"]!.DeepClone(), ["used"] = new JsonObject { ["pods"] = used, ["requests.cpu"] = "9500m", ["requests.memory"] = "9Gi" },
                });
                break;
        }
    }
}
