using System.Text.Json.Nodes;
using Bascule.Kubernetes.Fake;
using Bascule.Testing;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>The fake is what kubectl takes for a cluster: so the tests against it mean something.</summary>
public sealed class KubectlTests : IAsyncLifetime
{
    private const string Pod = """
        apiVersion: v1
        kind: Pod
        metadata: {name: web, labels: {app: web}}
        spec:
          restartPolicy: Never
          containers:
          - {name: main, image: "busybox:1", command: [sleep, "100"], env: [{name: A, value: "1"}]}
        """;

    private FakeCluster _cluster = null!;
    private KubectlRun _kubectl = null!;

    public async ValueTask InitializeAsync()
    {
        KubectlRun.MustBeThere();
        _cluster = await FakeCluster.StartAsync();
        _kubectl = new KubectlRun(_cluster);
    }

    public async ValueTask DisposeAsync()
    {
        _kubectl?.Dispose();
        if (_cluster is not null)
            await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task It_applies_and_prints_real_columns()
    {
        var path = _kubectl.Write("pod.yaml", Pod);

        Assert.Equal("pod/web created\n", await _kubectl.SayAsync("apply", "-f", path));
        await _kubectl.SayAsync("wait", "--for=condition=Ready", "pod/web", "--timeout=20s");
        Assert.Equal("pod/web unchanged\n", await _kubectl.SayAsync("apply", "-f", path));
        File.WriteAllText(path, Pod.Replace("busybox:1", "busybox:2").Replace("app: web", "app: web, more: yes-it-is"));
        Assert.Equal("pod/web configured\n", await _kubectl.SayAsync("apply", "-f", path));

        Assert.Equal("busybox:2", _cluster.Find("pods", "default", "web")!.Items("spec", "containers").Single().Text("image"));
        Assert.Matches(@"^NAME\s+READY\s+STATUS\s+RESTARTS\s+AGE\nweb\s+1/1\s+Running\s+0\s+\d+s\n$", await _kubectl.SayAsync("get", "pods"));
        Assert.Matches(@"web\s+1/1\s+Running\s+0\s+\d+s\s+127\.[\d.]+\s+fake-node-1", await _kubectl.SayAsync("get", "pods", "-o", "wide", "-l", "app=web,more in (yes-it-is)"));
        Assert.Empty(await _kubectl.SayAsync("get", "pods", "-l", "app!=web", "-o", "name"));
        Assert.Contains("web", await _kubectl.SayAsync("get", "all", "-A"));
    }

    [Fact]
    public async Task It_describes_with_events_and_reads_the_version()
    {
        await _kubectl.SayAsync("apply", "-f", _kubectl.Write("pod.yaml", Pod));
        await _kubectl.SayAsync("wait", "--for=condition=Ready", "pod/web", "--timeout=20s");

        var described = await _kubectl.SayAsync("describe", "pod", "web");

        Assert.Contains("Successfully assigned default/web to fake-node-1", described);
        Assert.Contains("Server Version: v1.33.0", await _kubectl.SayAsync("version"));
        Assert.Contains("pods", await _kubectl.SayAsync("api-resources"));
        Assert.Contains("Scheduled", await _kubectl.SayAsync("get", "events"));
    }

    [Fact]
    public async Task Its_exec_passes_streams_and_exit_codes()
    {
        await _kubectl.SayAsync("apply", "-f", _kubectl.Write("pod.yaml", Pod));
        await _kubectl.SayAsync("wait", "--for=condition=Ready", "pod/web", "--timeout=20s");

        var ran = await _kubectl.RunAsync("", "exec", "web", "--", "sh", "-c", "echo out$A; echo err >&2; exit 3");
        var piped = await _kubectl.RunAsync("typed\n", "exec", "-i", "web", "--", "cat");

        Assert.Equal((3, "out1\n"), (ran.Code, ran.Output));
        Assert.Contains("err", ran.Errors);
        Assert.Equal((0, "typed\n"), (piped.Code, piped.Output));
    }

    [Fact]
    public async Task It_deletes_and_waits_until_it_is_gone()
    {
        await _kubectl.SayAsync("apply", "-f", _kubectl.Write("pod.yaml", Pod));

        Assert.Equal("pod \"web\" deleted\n", await _kubectl.SayAsync("delete", "pod", "web"));
        Assert.Empty(_cluster.List("pods"));
        var (code, _, errors) = await _kubectl.RunAsync("", "get", "pod", "web");
        Assert.Equal((1, "Error from server (NotFound): pods \"web\" not found\n"), (code, errors));
    }

    [Fact]
    public async Task Its_watch_follows_changes()
    {
        using var watch = _kubectl.Start("get", "pods", "--watch", "-o", "name");
        await Waiting.UntilAsync(() => _cluster.OpenWatches > 0);
        await _kubectl.SayAsync("apply", "-f", _kubectl.Write("pod.yaml", Pod));

        Assert.Equal("pod/web", await watch.StandardOutput.ReadLineAsync().Soon());

        watch.Kill();
        await watch.WaitForExitAsync().Soon();
    }

    [Fact]
    public async Task It_asks_what_somebody_may()
    {
        using var nobody = new KubectlRun(_cluster, _cluster.NewAccountToken("default", "nobody"));

        Assert.Equal("yes\n", await _kubectl.SayAsync("auth", "can-i", "create", "pods/exec"));
        Assert.Equal((1, "no\n"), await CanAsync(nobody, "create", "pods"));
        var (code, _, errors) = await nobody.RunAsync("", "get", "pods");
        Assert.Equal(1, code);
        Assert.Contains("pods is forbidden: User \"system:serviceaccount:default:nobody\" cannot list resource \"pods\"", errors);
    }

    [Fact]
    public async Task What_is_not_valid_is_refused_with_its_fields()
    {
        var unknown = await _kubectl.RunAsync(Pod.Replace("restartPolicy", "restartPolice"), "apply", "-f", "-");
        var invalid = await _kubectl.RunAsync(Pod.Replace("Never", "Sometimes"), "create", "-f", "-");
        var name = await _kubectl.RunAsync(Pod.Replace("name: web,", "name: Not_A_Name,"), "create", "-f", "-");

        Assert.Contains("unknown field \"spec.restartPolice\"", unknown.Errors);
        Assert.Contains("spec.restartPolicy: Unsupported value: \"Sometimes\"", invalid.Errors);
        Assert.Contains("RFC 1123", name.Errors);
        Assert.Empty(_cluster.List("pods"));
    }

    [Fact]
    public async Task It_changes_and_waits_for_any_field()
    {
        _cluster.Put("configmaps", "default", (JsonObject)JsonNode.Parse("""{"metadata":{"name":"c"},"data":{"a":"1","b":"2"}}""")!);

        await _kubectl.SayAsync("patch", "configmap", "c", "--type=merge", "-p", """{"data":{"a":null,"c":"3"}}""");
        await _kubectl.SayAsync("patch", "configmap", "c", "--type=json", "-p", """[{"op":"replace","path":"/data/b","value":"4"}]""");
        await _kubectl.SayAsync("label", "configmap", "c", "x=y");
        await _kubectl.SayAsync("wait", "--for=jsonpath={.data.b}=4", "configmap/c", "--timeout=20s");

        var changed = _cluster.Find("configmaps", "default", "c");
        Assert.Equal("""{"b":"4","c":"3"}""", changed.At("data")!.ToJsonString());
        Assert.Equal("y", changed.Text("metadata", "labels", "x"));
    }

    [Fact]
    public async Task What_it_makes_without_a_file_arrives_whole()
    {
        await _kubectl.SayAsync("create", "namespace", "two");
        await _kubectl.SayAsync("create", "configmap", "c", "-n", "two", "--from-literal=a=b");
        await _kubectl.SayAsync("create", "secret", "generic", "s", "--from-literal=a=b");
        await _kubectl.SayAsync("create", "serviceaccount", "reader");
        await _kubectl.SayAsync("create", "role", "reads", "--verb=get,list", "--resource=pods,pods/log");
        await _kubectl.SayAsync("create", "rolebinding", "reads", "--role=reads", "--serviceaccount=default:reader");
        await _kubectl.SayAsync("create", "quota", "q", "--hard=pods=3,requests.memory=1Gi");
        await _kubectl.SayAsync("create", "deployment", "d", "--image=example/tools:1", "--replicas=2", "--port=80");
        await _kubectl.SayAsync("run", "alone", "--image=busybox:1", "--restart=Never", "--", "sleep", "9");

        Assert.Equal("b", _cluster.Find("configmaps", "two", "c").Text("data", "a"));
        Assert.Equal("Yg==", _cluster.Find("secrets", "default", "s").Text("data", "a"));
        Assert.Equal(("3", "1Gi"), (_cluster.Find("resourcequotas", "default", "q").Text("spec", "hard", "pods"), _cluster.Find("resourcequotas", "default", "q").Text("spec", "hard", "requests.memory")));
        var deployment = _cluster.Find("deployments", "default", "d");
        Assert.Equal((2, 80), (deployment.Number("spec", "replicas"), deployment.At("spec", "template").Items("spec", "containers").Single().Items("ports").Single().Number("containerPort")));
        using var reader = new KubectlRun(_cluster, _cluster.NewAccountToken("default", "reader"));
        Assert.Contains("system:serviceaccount:default:reader", await reader.SayAsync("auth", "whoami"));
        Assert.Equal((0, "yes\n"), await CanAsync(reader, "list", "pods"));
        Assert.Equal((0, "yes\n"), await CanAsync(reader, "get", "pods", "--subresource=log"));
        Assert.Equal((1, "no\n"), await CanAsync(reader, "delete", "pods"));
        Assert.Matches(@"pods/log\s+\[\]\s+\[\]\s+\[get list\]", await reader.SayAsync("auth", "can-i", "--list"));
    }

    [Fact]
    public async Task It_applies_on_the_server_too()
    {
        var path = _kubectl.Write("pod.yaml", Pod);

        Assert.Equal("pod/web serverside-applied\n", await _kubectl.SayAsync("apply", "--server-side", "-f", path));
        File.WriteAllText(path, Pod.Replace("busybox:1", "busybox:2"));
        Assert.Equal("pod/web serverside-applied\n", await _kubectl.SayAsync("apply", "--server-side", "-f", path));

        Assert.Equal("busybox:2", _cluster.Find("pods", "default", "web")!.Items("spec", "containers").Single().Text("image"));
    }

    [Fact]
    public async Task Its_terminal_in_a_pod_has_the_size_of_its_own()
    {
        await _kubectl.SayAsync("apply", "-f", _kubectl.Write("pod.yaml", Pod));
        await _kubectl.SayAsync("wait", "--for=condition=Ready", "pod/web", "--timeout=20s");

        // script(1) gives kubectl a terminal, and stty(1) that terminal its size.
        var shown = await _kubectl.InTerminalAsync("stty rows 33 cols 111; kubectl exec -it web -- sh -c 'read line; until [ \"$(stty size)\" = \"33 111\" ]; do sleep 0.1; done; stty size; exit 4'; echo code=$?", "typed\n");

        Assert.Contains("33 111", shown);
        Assert.Contains("code=4", shown);
    }

    private static async Task<(int Code, string Output)> CanAsync(KubectlRun kubectl, params string[] what)
    {
        var (code, output, _) = await kubectl.RunAsync("", ["auth", "can-i", .. what]);
        return (code, output);
    }
}
