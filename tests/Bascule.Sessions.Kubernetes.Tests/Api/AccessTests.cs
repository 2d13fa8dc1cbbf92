using System.Text;
using Bascule.Testing;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>How the gateway comes to the API server.</summary>
public sealed class AccessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bascule-kube-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_kubeconfig_with_token_and_authority_inline_is_used()
    {
        await using var rig = await Rig.StartAsync();

        await AnswersAsync(Write("config", rig.Cluster.Kubeconfig()));
    }

    [Fact]
    public async Task Files_beside_the_kubeconfig_are_found()
    {
        await using var rig = await Rig.StartAsync();
        Write("ca.crt", rig.Cluster.AuthorityPem);
        Write("token", rig.Cluster.AdminToken + "\n");

        await AnswersAsync(Write("config", Config(rig, "certificate-authority: ca.crt", "tokenFile: token")));
    }

    [Fact]
    public async Task A_client_certificate_is_shown_from_files_and_inline()
    {
        await using var rig = await Rig.StartAsync();
        var (certificate, key) = rig.Cluster.NewClientCertificate("ann");
        Write("ca.crt", rig.Cluster.AuthorityPem);
        Write("ann.crt", certificate);
        Write("ann.key", key);

        await AnswersAsync(Write("files", Config(rig, "certificate-authority: ca.crt", "client-certificate: ann.crt", "client-key: ann.key")));
        await AnswersAsync(Write("inline", Config(rig, "certificate-authority: ca.crt", "client-certificate-data: " + Base64(certificate), "client-key-data: " + Base64(key))));
    }

    [Fact]
    public async Task A_server_whose_authority_is_not_given_is_not_trusted_unless_that_is_switched_off()
    {
        await using var rig = await Rig.StartAsync();
        var token = "token: " + rig.Cluster.AdminToken;

        using var careful = new KubeClient(Kubeconfig.Read(Write("careful", Config(rig, "", token)), null, TimeProvider.System), TimeProvider.System);
        var refused = await careful.GetAsync("api/v1/namespaces", default);

        Assert.Contains("is not trusted", refused.Error!.Message);
        await AnswersAsync(Write("careless", Config(rig, "insecure-skip-tls-verify: true", token)));
    }

    [Fact]
    public async Task The_name_of_the_certificate_may_be_given()
    {
        await using var rig = await Rig.StartAsync();
        Write("ca.crt", rig.Cluster.AuthorityPem);

        string With(string name) => Write(name, Config(rig, $"certificate-authority: ca.crt\n    tls-server-name: {name}", "token: " + rig.Cluster.AdminToken));
        await AnswersAsync(With("kubernetes.default.svc"));
        using var other = new KubeClient(Kubeconfig.Read(With("example.org"), null, TimeProvider.System), TimeProvider.System);
        Assert.NotNull((await other.GetAsync("api/v1/namespaces", default)).Error);
    }

    [Fact]
    public void Another_context_can_be_asked_for()
    {
        var path = Write("config", """
            current-context: one
            contexts:
            - {name: one, context: {cluster: a, user: u}}
            - {name: two, context: {cluster: b, user: u, namespace: tools}}
            clusters:
            - {name: a, cluster: {server: "https://a.example.org"}}
            - {name: b, cluster: {server: "https://b.example.org/k8s"}}
            users:
            - {name: u, user: {token: t}}
            """);

        var one = Kubeconfig.Read(path, null, TimeProvider.System);
        var two = KubeAccess.Find(new KubernetesOptions { Kubeconfig = path, Context = "two" }, _ => null, TimeProvider.System);

        Assert.Equal(("https://a.example.org/", "default"), (one.Server.AbsoluteUri, one.Namespace));
        Assert.Equal(("https://b.example.org/k8s/", "tools"), (two.Server.AbsoluteUri, two.Namespace));
    }

    [Theory]
    [InlineData("user: {exec: {command: gke-gcloud-auth-plugin}}", "starts no program")]
    [InlineData("user: {auth-provider: {name: oidc}}", "auth-provider")]
    [InlineData("user: {username: ann, password: x}", "password")]
    [InlineData("user: {client-certificate-data: eA==}", "belong together")]
    [InlineData("user: {tokenFile: []}", "cannot be read: line 6")]
    public void What_cannot_be_used_is_refused_with_the_reason(string user, string text)
    {
        var path = Write("config", $"""
            current-context: c
            contexts: [{"{"}name: c, context: {"{"}cluster: k, user: u{"}"}{"}"}]
            clusters: [{"{"}name: k, cluster: {"{"}server: "https://k.example.org"{"}"}{"}"}]
            users:
            - name: u
              {user}
            """);

        Assert.Contains(text, Assert.Throws<KubeAccessException>(() => Kubeconfig.Read(path, null, TimeProvider.System)).Message);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("clusters: []", "no current-context")]
    [InlineData("current-context: x", "no context `x`")]
    [InlineData("current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}]\nclusters: [{name: other}]", "no cluster `k`. It has: other")]
    [InlineData("current-context: c\ncontexts: [{name: c, context: {cluster: k}}]\nclusters: [{name: k, cluster: {server: nowhere}}]", "a URL of http or https")]
    [InlineData("current-context: c\ncontexts: [{name: c, context: {cluster: k}}]\nclusters: [{name: k, cluster: {server: \"https://k\", proxy-url: \"http://p\"}}]", "proxy-url")]
    [InlineData("a: [", "cannot be read: line ")]
    public void A_faulty_kubeconfig_says_where_the_fault_is(string content, string text) =>
        Assert.Contains(text, Assert.Throws<KubeAccessException>(() => Kubeconfig.Read(Write("config", content), null, TimeProvider.System)).Message);

    [Fact]
    public void Without_a_way_to_a_cluster_it_is_said_what_to_set()
    {
        var fault = Assert.Throws<KubeAccessException>(() => KubeAccess.Find(new KubernetesOptions(), name => name == "HOME" ? _folder : null, TimeProvider.System));

        Assert.Contains("sessions.kubernetes.kubeconfig", fault.Message);
    }

    [Fact]
    public void An_API_server_alone_is_asked_without_credentials()
    {
        var access = KubeAccess.Find(new KubernetesOptions { ApiServer = new Uri("http://127.0.0.1:8001"), Namespace = "tools" }, name => name == "HOME" ? _folder : null, TimeProvider.System);

        Assert.Equal(("http://127.0.0.1:8001/", "tools", null), (access.Server.AbsoluteUri, access.Namespace, access.Token));
    }

    [Fact]
    public async Task In_a_cluster_the_account_of_the_pod_is_used()
    {
        await using var rig = await Rig.StartAsync();
        var access = InCluster.Read(InPod(rig), TimeProvider.System, AccountOf(rig, rig.Cluster.AdminToken));
        using var client = new KubeClient(access, TimeProvider.System);

        Assert.Null((await client.GetAsync("api/v1/namespaces", default)).Error);
        Assert.Equal("tools", access.Namespace);
    }

    [Fact]
    public async Task A_token_that_was_rotated_is_read_again_when_it_is_refused_or_old()
    {
        await using var rig = await Rig.StartAsync();
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        var first = rig.Cluster.NewAccountToken(Rig.Space, "gateway");
        var folder = AccountOf(rig, first);
        using var client = new KubeClient(InCluster.Read(InPod(rig), time, folder), time);
        async Task<int> StatusAsync() => (await client.GetAsync("api/v1/pods", default)).Error!.Status;
        Assert.Equal(403, await StatusAsync());

        // Refused: the file is looked at again at once, and 401 means that nothing new was in it.
        rig.Cluster.Revoke(first);
        Assert.Equal(401, await StatusAsync());
        var second = rig.Cluster.NewAccountToken(Rig.Space, "gateway");
        File.WriteAllText(Path.Combine(folder, "token"), second);
        Assert.Equal(403, await StatusAsync());

        // Old: the new one is taken before the old one is refused.
        File.WriteAllText(Path.Combine(folder, "token"), rig.Cluster.AdminToken);
        Assert.Equal(403, await StatusAsync());
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.Null((await client.GetAsync("api/v1/pods", default)).Error);
    }

    [Fact]
    public async Task A_watch_goes_on_after_the_token_was_rotated()
    {
        await using var rig = await Rig.StartAsync();
        var token = rig.Cluster.AdminToken;
        var folder = AccountOf(rig, token);
        var found = InCluster.Read(InPod(rig), TimeProvider.System, folder);
        var access = new KubeAccess { Server = found.Server, Source = found.Source, Namespace = Rig.Space, Token = found.Token, Authorities = found.Authorities };
        var runner = await rig.RunnerAsync(access: access);
        rig.Cluster.Put("clusterroles", null, new() { ["metadata"] = new System.Text.Json.Nodes.JsonObject { ["name"] = "all" }, ["rules"] = System.Text.Json.Nodes.JsonNode.Parse("""[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}]""") });
        rig.Cluster.Put("clusterrolebindings", null, (System.Text.Json.Nodes.JsonObject)System.Text.Json.Nodes.JsonNode.Parse(
            """{"metadata":{"name":"all"},"subjects":[{"kind":"ServiceAccount","name":"gateway","namespace":"sessions"}],"roleRef":{"kind":"ClusterRole","name":"all"}}""")!);

        File.WriteAllText(Path.Combine(folder, "token"), rig.Cluster.NewAccountToken(Rig.Space, "gateway"));
        rig.Cluster.Revoke(token);
        rig.Cluster.DropWatches();
        var order = Rig.Order();

        Assert.Null((await runner.StartSessionAsync(order, default)).Failure);
        await rig.News.PlaceAsync(order.Id);
    }

    [Fact]
    public async Task An_authority_that_is_replaced_is_believed_at_once_and_the_old_one_soon_no_more()
    {
        await using var rig = await Rig.StartAsync();
        await using var other = await Rig.StartAsync();
        var time = new ManualTime();
        var folder = AccountOf(rig, rig.Cluster.AdminToken);
        Write("ca.crt", other.Cluster.AuthorityPem);
        var access = InCluster.Read(InPod(rig), time, folder);

        // Each client has connections of its own.
        async Task<KubeError?> AskAsync()
        {
            using var client = new KubeClient(access, time);
            return (await client.GetAsync("api/v1/namespaces", default)).Error;
        }

        Assert.Contains("is not trusted", (await AskAsync())!.Message);
        Write("ca.crt", rig.Cluster.AuthorityPem);
        Assert.Null(await AskAsync());
        Write("ca.crt", "in the moment of the replacement");
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.Null(await AskAsync());
        Write("ca.crt", other.Cluster.AuthorityPem);
        Assert.Contains("is not trusted", (await AskAsync())!.Message);
    }

    [Fact]
    public void An_account_that_is_not_mounted_is_said()
    {
        var fault = Assert.Throws<KubeAccessException>(() => InCluster.Read(_ => "10.0.0.1", TimeProvider.System, _folder));

        Assert.Contains("automountServiceAccountToken", fault.Message);
    }

    private static Func<string, string?> InPod(Rig rig) => name => name switch
    {
        "KUBERNETES_SERVICE_HOST" => rig.Cluster.Https.Host,
        "KUBERNETES_SERVICE_PORT" => $"{rig.Cluster.Https.Port}",
        _ => null,
    };

    private static async Task AnswersAsync(string path)
    {
        using var client = new KubeClient(Kubeconfig.Read(path, null, TimeProvider.System), TimeProvider.System);
        Assert.Null((await client.GetAsync("api/v1/namespaces", default)).Error);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Config(Rig rig, string cluster, params string[] user) => $"""
        current-context: c
        contexts:
        - name: c
          context: {"{"}cluster: k, user: u{"}"}
        clusters:
        - name: k
          cluster:
            server: {rig.Cluster.Https.AbsoluteUri.TrimEnd('/')}
            {cluster}
        users:
        - name: u
          user:
            {string.Join("\n    ", user)}

        """;

    private string AccountOf(Rig rig, string token)
    {
        Write("ca.crt", rig.Cluster.AuthorityPem);
        Write("namespace", "tools");
        Write("token", token);
        return _folder;
    }

    private string Write(string name, string content)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, content);
        return path;
    }
}
