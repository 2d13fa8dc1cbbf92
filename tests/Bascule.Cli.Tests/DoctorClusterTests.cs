using System.Net;
using System.Text.Json.Nodes;
using Bascule.Kubernetes.Fake;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

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

    [Fact]
    public async Task A_good_cluster_of_which_steps_were_skipped_says_so_in_the_first_line()
    {
        await using var server = await StartKnowingRightsOnlyAsync();
        var kubeconfig = "current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}]\nusers: [{name: u, user: {token: t}}]\nclusters: [{name: k, cluster: {server: \"" + server.Urls.Single() + "\"}}]\n";

        var ran = await _terminal.With("kubeconfig", kubeconfig).RunAsync("doctor", "--cluster", "--kubeconfig", "kubeconfig");

        Assert.Equal(ExitCodes.Good, ran.Code);
        Assert.Matches("^good  nothing wrong was found; [1-9][0-9]* of [0-9]+ steps of the cluster check were skipped, and are told below$", ran.Standard.Split('\n')[0]);
    }

    /// <summary>An API server that grants every right that is asked about, and lets nothing be read.</summary>
    private static async Task<WebApplication> StartKnowingRightsOnlyAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var server = builder.Build();
        server.Run(context =>
        {
            var (status, text) = context.Request.Path.Value!.EndsWith("/selfsubjectaccessreviews", StringComparison.Ordinal) ? (201, """{"status":{"allowed":true}}""") : (403, """{"kind":"Status","reason":"Forbidden","message":"no"}""");
            context.Response.StatusCode = status;
            return context.Response.WriteAsync(text, context.RequestAborted);
        });
        await server.StartAsync();
        return server;
    }

    public void Dispose() => _terminal.Dispose();
}
