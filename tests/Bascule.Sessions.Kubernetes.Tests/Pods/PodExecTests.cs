using System.Text;
using System.Text.Json.Nodes;
using Bascule.Kubernetes.Fake;
using Bascule.Testing;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>Commands in pods that have no agent.</summary>
public sealed class PodExecTests
{
    [Fact]
    public async Task Both_streams_and_the_exit_code_come_through()
    {
        await using var rig = await WithPodAsync();
        await using var exec = await OpenAsync(rig, new PodExecOrder(Rig.Space, "tools", ["sh", "-c", "echo out; echo err >&2; exit 3"]) { Input = false });

        var (output, errors) = await ReadAsync(exec);

        Assert.Equal(("out\n", "err\n"), (output, errors));
        Assert.Equal(3, exec.Exit!.Code);
        Assert.Equal("v5.channel.k8s.io", exec.Protocol);
    }

    [Fact]
    public async Task A_command_that_succeeds_has_code_0()
    {
        await using var rig = await WithPodAsync();
        await using var exec = await OpenAsync(rig, new PodExecOrder(Rig.Space, "tools", ["true"]) { Container = "main" });

        await ReadAsync(exec);

        Assert.Equal(0, exec.Exit!.Code);
    }

    [Fact]
    public async Task Input_of_any_size_arrives_and_its_end_too()
    {
        await using var rig = await WithPodAsync();
        await using var exec = await OpenAsync(rig, new PodExecOrder(Rig.Space, "tools", ["sha256sum"]));
        var input = new byte[200_000];
        Random.Shared.NextBytes(input);

        await exec.WriteAsync(input, default);
        Assert.True(await exec.CloseInputAsync(default));
        var (output, _) = await ReadAsync(exec);

        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(input)) + "  -\n", output);
    }

    [Fact]
    public async Task Under_v4_it_is_told_that_the_input_cannot_be_ended()
    {
        await using var rig = await WithPodAsync(new FakeOptions { KnowsV5 = false });
        await using var exec = await OpenAsync(rig, new PodExecOrder(Rig.Space, "tools", ["head", "-n1"]));

        Assert.False(exec.CanCloseInput);
        Assert.False(await exec.CloseInputAsync(default));
        await exec.ResizeAsync(120, 40, default);
        await exec.WriteAsync("one line\n"u8.ToArray(), default);

        Assert.Equal("one line\n", (await ReadAsync(exec)).Output);
        Assert.Equal("v4.channel.k8s.io", exec.Protocol);
    }

    [Fact]
    public async Task A_cut_never_looks_like_success()
    {
        await using var rig = await WithPodAsync();
        await using var exec = await OpenAsync(rig, new PodExecOrder(Rig.Space, "tools", ["cat"]));
        await exec.WriteAsync("x"u8.ToArray(), default);
        Assert.Equal(new ExecPiece(ExecChannel.Output, 1), await exec.ReadAsync(new byte[16], default).Soon());

        await rig.Cluster.StopAsync();

        Assert.Null(await exec.ReadAsync(new byte[16], default).Soon());
        Assert.Null(exec.Exit);
    }

    [Fact]
    public async Task A_program_that_is_not_there_has_a_text_and_no_code()
    {
        await using var rig = await WithPodAsync();
        await using var exec = await OpenAsync(rig, new PodExecOrder(Rig.Space, "tools", ["no-such-program"]));

        await ReadAsync(exec);

        Assert.Null(exec.Exit!.Code);
        Assert.Contains("no-such-program", exec.Exit.Text);
    }

    [Theory]
    [InlineData("create")]
    [InlineData("get")]
    public async Task Whoever_lacks_one_of_the_two_verbs_is_told_which(string has)
    {
        await using var rig = await WithPodAsync();
        rig.Cluster.Put("roles", Rig.Space, new()
        {
            ["metadata"] = new JsonObject { ["name"] = "half" },
            ["rules"] = new JsonArray(new JsonObject { ["apiGroups"] = new JsonArray(""), ["resources"] = new JsonArray("pods/exec"), ["verbs"] = new JsonArray(has) }),
        });
        rig.Cluster.Put("rolebindings", Rig.Space, (JsonObject)JsonNode.Parse(
            """{"metadata":{"name":"half"},"subjects":[{"kind":"ServiceAccount","name":"gateway","namespace":"sessions"}],"roleRef":{"kind":"Role","name":"half"}}""")!);
        using var client = new KubeClient(rig.Access(rig.Cluster.NewAccountToken(Rig.Space, "gateway")), TimeProvider.System);

        var (exec, error) = await PodExec.OpenAsync(client, new PodExecOrder(Rig.Space, "tools", ["true"]), TimeProvider.System, default);

        Assert.Null(exec);
        Assert.Contains($"lacks the verb {(has == "get" ? "create" : "get")} on pods/exec", Refusals.Read(error!).Text);
    }

    [Fact]
    public async Task A_pod_that_is_not_there_is_said_by_the_API_server()
    {
        await using var rig = await Rig.StartAsync();
        using var client = rig.Client();

        var (_, error) = await PodExec.OpenAsync(client, new PodExecOrder(Rig.Space, "tools", ["true"]), TimeProvider.System, default);

        Assert.Equal((404, "pods \"tools\" not found"), (error!.Status, error.Message));
    }

    [Fact]
    public async Task An_exec_that_cannot_connect_is_a_value()
    {
        using var client = new KubeClient(new KubeAccess { Server = new Uri($"http://{OwnAddress.Next()}/"), Source = "a test" }, TimeProvider.System);

        var (_, error) = await PodExec.OpenAsync(client, new PodExecOrder(Rig.Space, "tools", ["true"]), TimeProvider.System, default);

        Assert.Equal(0, error!.Status);
    }

    private static async Task<Rig> WithPodAsync(FakeOptions? options = null)
    {
        var rig = await Rig.StartAsync(options);
        rig.Cluster.Put("pods", Rig.Space, (JsonObject)JsonNode.Parse("""{"metadata":{"name":"tools"},"spec":{"containers":[{"name":"main","image":"tools"}]}}""")!);
        return rig;
    }

    private static async Task<PodExec> OpenAsync(Rig rig, PodExecOrder order)
    {
        var client = rig.Client();
        var (exec, error) = await PodExec.OpenAsync(client, order, TimeProvider.System, default);
        Assert.Null(error);
        return exec!;
    }

    private static async Task<(string Output, string Errors)> ReadAsync(PodExec exec)
    {
        var (output, errors) = (new StringBuilder(), new StringBuilder());
        var buffer = new byte[100];
        while (await exec.ReadAsync(buffer, default).Soon() is { } piece)
            (piece.Channel == ExecChannel.Output ? output : errors).Append(Encoding.UTF8.GetString(buffer, 0, piece.Count));
        return (output.ToString(), errors.ToString());
    }
}
