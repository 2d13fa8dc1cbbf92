using System.Text.Json.Nodes;
using Bascule.Kubernetes.Fake;

namespace Bascule.Cli.Tests;

/// <summary><c>bascule doctor --cluster</c>: what it finds is tested where the check lives; here how it is asked, and what a script sees.</summary>
public sealed class DoctorClusterTests : IDisposable
{
    private readonly Terminal _terminal = new();

    [Fact]
    public async Task A_cluster_is_asked_with_the_credentials_that_kubectl_would_take()
    {
        await using var cluster = await FakeCluster.StartAsync();
        _terminal.With("kubeconfig", cluster.Kubeconfig());

        var ran = await _terminal.RunAsync("doctor", "--cluster", "--kubeconfig", "kubeconfig", "--namespace", "shells", "--json");

        Assert.Equal(ExitCodes.FoundFault, ran.Code);
        var report = JsonNode.Parse(ran.Standard)!;
        var check = Assert.Single(report["checks"]!.AsArray())!;
        Assert.Equal("cluster", (string)check["name"]!);
        Assert.Contains(check["steps"]!.AsArray(), step => (string)step!["id"]! == "api-server" && (string)step["result"]! == "ok");
        Assert.Contains("shells", (string)report["verdict"]!["headline"]!);
    }

    [Fact]
    public async Task A_cluster_that_cannot_be_asked_has_the_exit_code_of_what_is_not_there()
    {
        var (none, gone) = (await _terminal.RunAsync("doctor", "--cluster", "--kubeconfig", "kubeconfig"), await AskNobodyAsync());

        Assert.Equal((ExitCodes.Unreachable, ExitCodes.Unreachable), (none.Code, gone.Code));
        Assert.Contains("[CLUSTER-NO-CREDENTIALS]", none.Standard.Split('\n')[0]);
        Assert.Contains("[CLUSTER-API-UNREACHABLE]", gone.Standard.Split('\n')[0]);

        async Task<Ran> AskNobodyAsync()
        {
            string kubeconfig;
            await using (var cluster = await FakeCluster.StartAsync())
                kubeconfig = cluster.Kubeconfig();
            return await _terminal.With("kubeconfig", kubeconfig).RunAsync("doctor", "--cluster", "--kubeconfig", "kubeconfig");
        }
    }

    [Fact]
    public async Task A_kubeconfig_that_is_no_YAML_is_named_in_the_first_line()
    {
        var ran = await _terminal.With("kubeconfig", "clusters: [").RunAsync("doctor", "--cluster", "--kubeconfig", "kubeconfig");

        Assert.Equal(ExitCodes.Unreachable, ran.Code);
        Assert.Matches("^FAULT  The kubeconfig .*kubeconfig cannot be read\\.  \\[CLUSTER-KUBECONFIG\\]$", ran.Standard.Split('\n')[0]);
    }

    public void Dispose() => _terminal.Dispose();
}
