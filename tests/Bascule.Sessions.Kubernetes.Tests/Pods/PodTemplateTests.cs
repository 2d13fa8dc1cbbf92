using System.Text.Json.Nodes;
using Bascule.Kubernetes.Fake;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>The pod of a session may do as little as a program can live with.</summary>
public sealed class PodTemplateTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void It_has_no_rights_that_a_program_can_do_without()
    {
        var spec = Make(Rig.Order())["spec"]!;
        var container = spec.Items("containers").Single();

        Assert.Equal("Never", spec.Text("restartPolicy"));
        Assert.False(spec.Flag("automountServiceAccountToken"));
        Assert.False(spec.Flag("enableServiceLinks"));
        Assert.True(spec.Flag("securityContext", "runAsNonRoot"));
        Assert.Equal("RuntimeDefault", spec.Text("securityContext", "seccompProfile", "type"));
        Assert.False(container.Flag("securityContext", "allowPrivilegeEscalation"));
        Assert.True(container.Flag("securityContext", "readOnlyRootFilesystem"));
        Assert.Equal(["ALL"], container.Texts("securityContext", "capabilities", "drop"));
        Assert.All(spec.Items("volumes"), volume => Assert.NotNull(volume.Text("emptyDir", "sizeLimit")));
        Assert.True(JsonNode.DeepEquals(container.At("resources", "requests"), container.At("resources", "limits")));
        Assert.Equal(["cpu", "ephemeral-storage", "memory"], ((JsonObject)container.At("resources", "limits")!).Select(pair => pair.Key).Order());
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, null)]
    public void It_has_a_user_namespace_of_its_own_where_that_is_asked_for(bool isAskedFor, bool? hostUsers) =>
        Assert.Equal(hostUsers, PodTemplate.Of(Rig.Order(), Rig.Options with { UserNamespace = isAskedFor }, Rig.Space, null, Now).Flag("spec", "hostUsers"));

    [Fact]
    public void It_ends_by_itself_when_nobody_is_left_to_end_it()
    {
        var pod = Make(Rig.Order() with { MaximumLife = TimeSpan.FromHours(1) });

        Assert.Equal(3600 + 120 + 60 + 60, pod.Number("spec", "activeDeadlineSeconds"));
        Assert.Equal("2030-01-01T01:04:00Z", pod.Text("metadata", "annotations", PodNames.Expires));
        Assert.Equal(Now + TimeSpan.FromMinutes(64), PodNames.ExpiryOf(pod));
    }

    [Fact]
    public void Its_labels_tell_whose_it_is_without_naming_the_user()
    {
        var order = Rig.Order() with { Owner = "ann@example.org", Tenant = "Blue & Co" };
        var labels = (JsonObject)Make(order).At("metadata", "labels")!;

        Assert.Equal("bascule", labels.Text(PodNames.ManagedBy));
        Assert.Equal(order.Id.ToString(), labels.Text(PodNames.Session));
        Assert.DoesNotContain("ann", labels.ToJsonString());
        Assert.Equal(16, labels.Text(PodNames.OwnerHash)!.Length);
        Assert.Equal(PodNames.Hash("Blue & Co"), labels.Text(PodNames.Tenant));
        Assert.Equal("blue-co", PodNames.Label("blue-co"));
    }

    [Fact]
    public void What_Kubernetes_would_replace_reaches_the_program_as_it_is()
    {
        var order = Rig.Order(null, "sh", "-c", "echo $(HOME) $$ $$(BASCULE_AGENT_SECRET) ${HOME} $1 a$") with { Environment = new Dictionary<string, string> { ["TEXT"] = "$(PATH) $$" } };
        var container = Make(order).Items("spec", "containers").Single();

        Assert.Equal("echo $$(HOME) $$$$ $$$$(BASCULE_AGENT_SECRET) $${HOME} $$1 a$$", container.Texts("command").Last());
        Assert.Equal("$$(PATH) $$$$", container.Items("env").Single(variable => variable.Text("name") == "TEXT").Text("value"));
        Assert.Equal("$(PATH) $$", PodStartOf(Make(order)).Environment["TEXT"]);
        Assert.Equal(order.Command, PodStartOf(Make(order)).Command.SkipWhile(word => word != "--").Skip(1));
    }

    [Fact]
    public void The_session_and_its_secret_are_in_the_environment_and_cannot_be_replaced()
    {
        var order = Rig.Order() with { Environment = new Dictionary<string, string> { [PodNames.SessionVariable] = "another", [PodNames.SecretVariable] = "mine" } };
        var environment = Make(order).Items("spec", "containers").Single().Items("env").ToDictionary(variable => variable.Text("name")!, variable => variable.Text("value"));

        Assert.Equal(order.Id.ToString(), environment[PodNames.SessionVariable]);
        Assert.Equal(order.Key, environment[PodNames.SecretVariable]);
        Assert.Equal("0", environment[PodNames.DiagnosticsVariable]);
        Assert.Equal(order.Key, PodTemplate.SecretOf(Make(order)));
    }

    [Fact]
    public void The_agent_is_told_all_of_the_order()
    {
        var order = Rig.Order(null, "info", "domain") with
        {
            Tty = false, Columns = 100, Rows = 30, Deadline = TimeSpan.FromSeconds(90), Idle = TimeSpan.FromMilliseconds(1500), DetachGrace = TimeSpan.FromMinutes(5), Recording = "output",
            Limits = new SessionLimits(MemoryBytes: 1 << 28, CpuSeconds: 60, Processes: 32, OpenFiles: 256), WorkingDirectory = "/srv",
            Environment = new Dictionary<string, string> { ["REALM"] = "blue" },
        };

        var container = Make(order).Items("spec", "containers").Single();

        Assert.Equal(
            "bascule agent --listen http://0.0.0.0:8686 --linger 60s --no-tty --size 100x30 --scrollback 1048576 --output-cap 1048576 --viewers 16 --hold 60s --maximum-life 28800s "
            + "--deadline 90s --idle 1500ms --detach-grace 300s --recording output --cpu-seconds 60 --processes 32 --open-files 256 --directory /srv --pass REALM -- info domain",
            string.Join(' ', container.Texts("command")));
        Assert.Equal("268435456", container.Text("resources", "limits", "memory"));
    }

    [Fact]
    public async Task A_strict_API_server_accepts_every_field_of_it()
    {
        await using var rig = await Rig.StartAsync();
        using var client = rig.Client();
        var options = Rig.Options with
        {
            ServiceAccount = "session", ImagePullPolicy = "Always", ImagePullSecrets = ["pull"], NodeSelector = new Dictionary<string, string> { ["pool"] = "sessions" },
        };

        foreach (var variant in (KubernetesOptions[])[options, options with { LegacyExec = true }])
        {
            var pod = PodTemplate.Of(Rig.Order() with { Owner = "ann", Tenant = "blue", Tty = false, Deadline = TimeSpan.FromMinutes(1) }, variant, Rig.Space, null, Now);
            Assert.Null((await client.CreateAsync($"api/v1/namespaces/{Rig.Space}/pods?fieldValidation=Strict", pod, default)).Error);
        }

        var wrong = PodTemplate.Of(Rig.Order(), options, Rig.Space, null, Now);
        wrong["spec"]!["restartPolice"] = "Never";
        Assert.Contains("unknown field \"spec.restartPolice\"", (await client.CreateAsync($"api/v1/namespaces/{Rig.Space}/pods?fieldValidation=Strict", wrong, default)).Error!.Message);
    }

    private static JsonObject Make(SessionOrder order) => PodTemplate.Of(order, Rig.Options, Rig.Space, null, Now);

    private static PodStart PodStartOf(JsonObject pod) => PodStart.Of(pod, "127.0.0.1");
}
