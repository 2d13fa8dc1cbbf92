using System.Security.Cryptography.X509Certificates;
using System.Text;
using Bascule.Diagnostics;
using Bascule.Kubernetes.Fake;
using Bascule.Testing;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>What the check of a cluster finds when it does not get as far as the cluster.</summary>
public sealed class ClusterAccessTests
{
    [Fact]
    public async Task Without_credentials_nothing_else_is_tried()
    {
        var report = await ClusterCheck.RunAsync(new ClusterQuestion { Kubeconfig = "/no/such/file" }, _ => null, TimeProvider.System, CancellationToken.None);

        AssertFirst(report, "credentials", "CLUSTER-NO-CREDENTIALS");
        Assert.False(report.IsReachable);
        Assert.All(report.Steps.Skip(1), step => Assert.Equal(StepResult.Skipped, step.Result));
    }

    [Theory]
    [InlineData("clusters: [", "cannot be read.")]
    [InlineData("clusters: []", "cannot be used.")]
    public async Task A_kubeconfig_that_is_there_and_not_good_is_named_and_not_called_missing(string content, string told)
    {
        var folder = Directory.CreateTempSubdirectory("bascule-kubeconfig-");
        var path = Path.Combine(folder.FullName, "config");
        await File.WriteAllTextAsync(path, content);

        var report = await ClusterCheck.RunAsync(new ClusterQuestion { Kubeconfig = path }, _ => null, TimeProvider.System, CancellationToken.None);

        folder.Delete(recursive: true);
        AssertFirst(report, "credentials", "CLUSTER-KUBECONFIG");
        Assert.Equal($"The kubeconfig {path} {told}", report.Verdicts[0].Headline);
        Assert.False(report.IsReachable);
    }

    [Fact]
    public async Task A_server_that_refuses_every_question_leaves_the_cluster_unchecked_and_not_good()
    {
        await using var server = await RefusingServer.StartAsync();

        var report = await CheckAsync(new KubeAccess { Server = server.Address, Source = "a test", Token = BearerToken.Of("t", TimeProvider.System) });

        AssertFirst(report, "rights", "CLUSTER-NOT-CHECKED");
        Assert.Contains("the right to create selfsubjectaccessreviews is missing (403 Forbidden)", report.Verdicts[0].Headline);
        Assert.Contains("(these credentials may not create selfsubjectreviews): 403", report.Steps.Single(step => step.Id == "identity").Evidence);
        Assert.Matches("^[1-9][0-9]* of [0-9]+ steps got no answer$", report.Verdicts[0].Seen);
        Assert.False(report.IsReachable);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("base64")]
    [InlineData("hex")]
    [InlineData("cut")]
    public async Task A_token_that_the_server_repeats_is_told_in_no_form(string form)
    {
        const string token = "KUBESECRET77-and-more";
        var longWord = new string('x', 980);
        await using var server = await RefusingServer.StartAsync(sent => form switch
        {
            "base64" => $"denied for {Convert.ToBase64String(Encoding.UTF8.GetBytes(sent))}",
            "hex" => $"denied for {Convert.ToHexStringLower(Encoding.UTF8.GetBytes(sent))}",
            "cut" => $"{longWord} {sent}",
            _ => $"denied for {sent}",
        });

        var report = await CheckAsync(new KubeAccess { Server = server.Address, Source = "a test", Token = BearerToken.Of(token, TimeProvider.System) });

        var told = string.Join('\n', report.Steps.Select(step => step.Evidence).Concat(report.Verdicts.Select(verdict => verdict.ToString())));
        Assert.Contains(SecretMask.Mask, told);
        Assert.DoesNotContain("KUBESECRET", told);
        Assert.DoesNotContain(Convert.ToHexStringLower("KUBESECRET"u8), told);
        // "Bearer " has seven bytes: what begins at the ninth is whole in base64.
        Assert.DoesNotContain(Convert.ToBase64String("BESECRET7"u8), told);
    }

    [Fact]
    public async Task User_and_password_of_the_server_are_not_told()
    {
        var report = await CheckFileAsync("https://user:PASS4@127.0.0.1:1/?key=PASS4", "t");

        Assert.Equal("CLUSTER-API-UNREACHABLE", report.Verdicts[0].RuleId);
        Assert.All(report.Steps, step => Assert.DoesNotContain("PASS4", step.ToString()));
    }

    [Theory]
    [InlineData("no-url PASS4", "t", "a server that is no URL")]
    [InlineData("https://127.0.0.1:1", "one\\nPASS4", "broken into several lines")]
    [InlineData("https://127.0.0.1:1", "one PASS4", "holds a blank")]
    public async Task What_cannot_be_sent_is_a_fault_of_the_kubeconfig_and_not_repeated(string server, string token, string told)
    {
        var report = await CheckFileAsync(server, token);

        AssertFirst(report, "credentials", "CLUSTER-KUBECONFIG");
        Assert.Contains(told, report.Verdicts[0].Seen);
        Assert.All(report.Steps, step => Assert.DoesNotContain("PASS4", step.ToString()));
        Assert.False(report.IsReachable);
    }

    [Fact]
    public async Task White_space_around_a_token_is_not_sent()
    {
        await using var cluster = await FakeCluster.StartAsync();

        var report = await CheckAsync(Access(cluster, $" {cluster.AdminToken}\n"));

        Assert.Equal(StepResult.Ok, report.Steps.Single(step => step.Id == "identity").Result);
    }

    [Fact]
    public async Task An_API_server_that_is_not_there_is_told_from_one_that_is_not_believed()
    {
        await using var cluster = await FakeCluster.StartAsync();
        await using var other = await FakeCluster.StartAsync();

        var lost = await CheckAsync(new KubeAccess { Server = new Uri($"https://{OwnAddress.Next()}/"), Source = "a test" });
        var strange = await CheckAsync(Access(cluster, cluster.AdminToken, other.AuthorityPem));

        AssertFirst(lost, "api-server", "CLUSTER-API-UNREACHABLE");
        AssertFirst(strange, "tls", "CLUSTER-TLS");
        Assert.False(lost.IsReachable || strange.IsReachable);
        Assert.Equal(StepResult.Ok, strange.Steps.Single(step => step.Id == "api-server").Result);
    }

    [Fact]
    public async Task What_is_no_API_server_is_named()
    {
        await using var cluster = await FakeCluster.StartAsync();

        var report = await CheckAsync(new KubeAccess { Server = new Uri(cluster.Http, "somewhere/"), Source = "a test", Token = BearerToken.Of(cluster.AdminToken, TimeProvider.System) });

        AssertFirst(report, "api-server", "CLUSTER-API-ANSWER");
    }

    [Fact]
    public async Task A_connection_that_is_not_checked_is_a_warning()
    {
        await using var cluster = await FakeCluster.StartAsync();

        var report = await CheckAsync(new KubeAccess { Server = cluster.Https, Source = "a test", SkipsVerification = true, Token = BearerToken.Of(cluster.AdminToken, TimeProvider.System) });

        Assert.Equal(("CLUSTER-TLS-UNCHECKED", Severity.Warning), (report.Steps.Single(step => step.Id == "tls").Verdict?.RuleId, report.Steps.Single(step => step.Id == "tls").Verdict?.Severity));
    }

    [Fact]
    public async Task A_token_that_nobody_knows_any_more_is_named_and_when_it_ended()
    {
        await using var cluster = await FakeCluster.StartAsync();
        var revoked = cluster.NewAccountToken("default", "gone");
        cluster.Revoke(revoked);

        var plain = await CheckAsync(Access(cluster, revoked));
        var old = await CheckAsync(Access(cluster, Jwt("""{"iat":1700000000,"exp":1700003600}""")));

        AssertFirst(plain, "identity", "CLUSTER-TOKEN-REFUSED");
        Assert.True(plain.IsReachable);
        AssertFirst(old, "identity", "CLUSTER-TOKEN-REFUSED");
        Assert.Contains(old.Verdicts, verdict => verdict.RuleId == "CLUSTER-TOKEN-EXPIRED" && verdict.Seen.Contains("expired", StringComparison.Ordinal));
        Assert.Equal(StepResult.Skipped, old.Steps.Single(step => step.Id == "namespace").Result);
    }

    [Theory]
    [InlineData("{}", false, "CLUSTER-TOKEN-ENDLESS")]
    [InlineData("""{"exp":1893459600}""", false, "CLUSTER-TOKEN-STATIC")]
    [InlineData("""{"iat":1893455000,"exp":1893459600}""", true, null)]
    [InlineData("""{"exp":1924992000}""", false, null)]
    [InlineData("no JSON", false, null)]
    public async Task The_life_of_a_token_is_looked_at(string claims, bool isFile, string? rule)
    {
        await using var cluster = await FakeCluster.StartAsync();
        var time = new ManualTime(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var folder = Directory.CreateTempSubdirectory("bascule-token-");
        var path = Path.Combine(folder.FullName, "token");
        await File.WriteAllTextAsync(path, Jwt(claims));
        var token = isFile ? BearerToken.FromFile(path, time) : BearerToken.Of(Jwt(claims), time);

        var report = await ClusterCheck.RunAsync(
            new ClusterQuestion { Gateways = "bascule" }, new KubeAccess { Server = cluster.Http, Source = "a test", Token = token }, isInside: false, time, CancellationToken.None);

        folder.Delete(recursive: true);
        Assert.Equal(rule, report.Steps.Single(step => step.Id == "token").Verdict?.RuleId);
    }

    /// <summary>With a kubeconfig of one server and one token, both as they stand between quotes of YAML.</summary>
    private static async Task<CheckReport> CheckFileAsync(string server, string token)
    {
        var folder = Directory.CreateTempSubdirectory("bascule-kubeconfig-");
        var path = Path.Combine(folder.FullName, "config");
        await File.WriteAllTextAsync(path, $$$"""
            current-context: a
            clusters: [{name: a, cluster: {server: "{{{server}}}"}}]
            users: [{name: a, user: {token: "{{{token}}}"}}]
            contexts: [{name: a, context: {cluster: a, user: a}}]
            """);

        var report = await ClusterCheck.RunAsync(new ClusterQuestion { Kubeconfig = path }, _ => null, TimeProvider.System, CancellationToken.None);

        folder.Delete(recursive: true);
        return report;
    }

    private static Task<CheckReport> CheckAsync(KubeAccess access) =>
        ClusterCheck.RunAsync(new ClusterQuestion { Gateways = "bascule" }, access, isInside: false, TimeProvider.System, CancellationToken.None);

    private static KubeAccess Access(FakeCluster cluster, string token, string? authority = null)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(authority ?? cluster.AuthorityPem);
        return new KubeAccess
        {
            Server = cluster.Https, Source = "a test", Token = BearerToken.Of(token, TimeProvider.System), Authorities = TrustedAuthorities.Of(authorities, TimeProvider.System),
        };
    }

    private static string Jwt(string claims) => $"e30.{Convert.ToBase64String(Encoding.UTF8.GetBytes(claims)).TrimEnd('=').Replace('+', '-').Replace('/', '_')}.c2ln";

    private static void AssertFirst(CheckReport report, string step, string rule)
    {
        Assert.Equal(rule, report.Verdicts[0].RuleId);
        Assert.Equal(rule, report.Steps.Single(one => one.Id == step).Verdict?.RuleId);
        Assert.False(report.IsGood);
    }
}
