using System.Text.Json.Nodes;
using Bascule.Diagnostics.Tests;
using Bascule.Testing;

namespace Bascule.Cli.Tests;

/// <summary><c>bascule doctor</c> as a person and as a program see it.</summary>
public sealed class DoctorCommandTests : IDisposable
{
    private const string Broken = "server {\n  location /ws {\n    proxy_pass http://app:8080;\n    proxy_read_timeout 3600s;\n  }\n}\n";
    private const string Good = """{ "pools": { "app": { "nodes": ["http://127.0.0.1:9"] } }, "routes": [ { "name": "chat", "path": "/chat", "auth": "none", "pool": "app" } ], "storage": "memory" }""";

    private readonly Terminal _terminal = new();

    [Fact]
    public async Task A_healthy_server_and_correct_files_are_good_in_the_first_line()
    {
        await using var server = RawServer.Start(Fault.None);
        _terminal.With("notes.md", "nothing");

        var ran = await _terminal.RunAsync("doctor", server.Url.ToString(), ".");

        Assert.Equal((ExitCodes.Good, ""), (ran.Code, ran.Error));
        Assert.StartsWith($"good  nothing wrong was found; {server.Url} opens a WebSocket; 0 files linted\n", ran.Standard);
        Assert.Contains("ok      upgrade", ran.Standard);
        Assert.DoesNotContain("\nhost", ran.Standard);
    }

    [Fact]
    public async Task The_gravest_cause_stands_first_with_what_to_do_then_the_others_then_the_sections()
    {
        await using var server = RawServer.Start(Fault.WrongAcceptKey);
        _terminal.With("nginx.conf", Broken);

        var ran = await _terminal.RunAsync("doctor", server.Url.ToString(), "nginx.conf");

        Assert.Equal(ExitCodes.FoundFault, ran.Code);
        Assert.StartsWith("FAULT  The 101 is not valid", ran.Standard);
        var (other, probe, lint) = (ran.Standard.IndexOf("FAULT   nginx.conf:2: location /ws", StringComparison.Ordinal), ran.Standard.IndexOf($"\nprobe {server.Url}", StringComparison.Ordinal), ran.Standard.IndexOf("\nlint: 1 error", StringComparison.Ordinal));
        Assert.True(other > 0 && other < probe && probe < lint, ran.Standard);
    }

    [Fact]
    public async Task Nobody_there_has_its_own_exit_code()
    {
        using var port = DeadPort.Closed();

        var ran = await _terminal.RunAsync("doctor", port.Url.ToString());

        Assert.Equal(ExitCodes.Unreachable, ran.Code);
        Assert.StartsWith("FAULT  Nothing listens on", ran.Standard);
    }

    [Fact]
    public async Task Of_several_URLs_each_verdict_says_which()
    {
        using var port = DeadPort.Closed();
        await using var server = RawServer.Start(Fault.None);

        var ran = await _terminal.RunAsync("doctor", server.Url.ToString(), port.Url.ToString());

        Assert.Equal(ExitCodes.Unreachable, ran.Code);
        Assert.StartsWith($"FAULT  {port.Url}: Nothing listens on", ran.Standard);
        Assert.Contains($"\nprobe {server.Url}", ran.Standard);
    }

    [Fact]
    public async Task Without_anything_the_machine_the_folder_and_its_configuration_are_looked_at()
    {
        _terminal.With("bascule.json", Good).With("nginx.conf", Broken);

        var ran = await _terminal.RunAsync("doctor");

        Assert.Equal(ExitCodes.FoundFault, ran.Code);
        Assert.Contains("\nhost: This machine holds at most ", ran.Standard);
        Assert.Contains("1 routes, 1 pools; read: ", ran.Standard);
        Assert.Contains("nginx.conf:2: location /ws", ran.Standard);
        Assert.Contains("open-files", ran.Standard);
    }

    [Fact]
    public async Task A_fault_of_the_configuration_is_a_finding_with_its_remedy()
    {
        _terminal.With("bascule.json", Good.Replace("\"pool\": \"app\"", "\"pool\": \"missing\"", StringComparison.Ordinal));

        var ran = await _terminal.RunAsync("doctor", "--config", "bascule.json");

        Assert.Equal(ExitCodes.FoundFault, ran.Code);
        Assert.StartsWith("FAULT  routes.0.pool is ", ran.Standard);
        Assert.Contains("[CONFIG-FAULT]", ran.Standard.Split('\n')[0]);
        Assert.Contains("\n  fix ", ran.Standard);
    }

    [Fact]
    public async Task A_configuration_without_a_route_is_told()
    {
        _terminal.With("bascule.json", "{ \"storage\": \"memory\" }");

        var ran = await _terminal.RunAsync("doctor", "--config", "bascule.json");

        Assert.StartsWith("FAULT  No route is configured.  [CONFIG-NO-ROUTE]", ran.Standard);
    }

    [Fact]
    public async Task Json_has_the_findings_and_every_section()
    {
        await using var server = RawServer.Start(Fault.WrongAcceptKey);
        _terminal.With("nginx.conf", Broken);

        var ran = await _terminal.RunAsync("doctor", server.Url.ToString() + "?token=abcdefgh", "nginx.conf", "--host", "--environment", "--json");

        var report = JsonNode.Parse(ran.Standard)!;
        Assert.Equal(("PROBE-101-ACCEPT", "probe", "error"), ((string)report["verdict"]!["ruleId"]!, (string)report["verdict"]!["section"]!, (string)report["verdict"]!["severity"]!));
        Assert.Contains(report["findings"]!.AsArray(), f => (string)f!["ruleId"]! == "NGINX-UPGRADE-HEADERS" && (int)f["places"]![0]!["line"]! == 2);
        Assert.Equal("ok", (string)report["probes"]![0]!["steps"]![0]!["result"]!);
        Assert.Equal(1, (int)report["lint"]!["errors"]!);
        var host = Assert.Single(report["checks"]!.AsArray())!;
        Assert.Equal(("host", "capacity"), ((string)host["name"]!, (string)host["steps"]![0]!["id"]!));
        Assert.True((long)host["limits"]![0]!["connections"]! > 0);
        Assert.NotNull(report["environment"]!["system"]);
        Assert.DoesNotContain("abcdefgh", ran.Standard);
    }

    [Fact]
    public async Task The_surroundings_alone_have_the_shape_that_they_always_had()
    {
        var ran = await _terminal.RunAsync("doctor", "--environment", "--json");

        var report = JsonNode.Parse(ran.Standard)!.AsObject();
        Assert.Equal(["at", "variables", "folder", "programs", "system", "limits", "missing"], report.Select(p => p.Key));
        Assert.Equal(ExitCodes.Good, ran.Code);
    }

    [Fact]
    public async Task What_the_machine_must_hold_can_be_said()
    {
        var ran = await _terminal.RunAsync("doctor", "--host", "--sockets", "100000000", "--json");

        Assert.Equal(ExitCodes.FoundFault, ran.Code);
        Assert.Contains(JsonNode.Parse(ran.Standard)!["findings"]!.AsArray(), f => (string)f!["ruleId"]! is "HOST-OPEN-FILES" or "HOST-PORTS" && ((string)f["headline"]!).EndsWith("100,000,000 are expected.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ExitCodes.Usage, "no URL with ws", "ftp://host/")]
    [InlineData(ExitCodes.Usage, "--sockets is 0", "--sockets", "0")]
    [InlineData(ExitCodes.Usage, "--direct goes with one URL", "ws://a/", "ws://b/", "--direct", "ws://c/")]
    [InlineData(ExitCodes.Usage, "--idle", "ws://a/", "--idle", "soon")]
    [InlineData(ExitCodes.Usage, "--direct is for the probe of a URL", "--direct", "ws://c/")]
    [InlineData(ExitCodes.Usage, "--idle is for the probe of a URL", ".", "--idle", "30")]
    [InlineData(ExitCodes.Usage, "--token is for the probe of a URL", "--host", "--token", "t")]
    [InlineData(ExitCodes.Usage, "--kubeconfig goes with --cluster", "--kubeconfig", "c")]
    [InlineData(ExitCodes.Usage, "--namespace goes with --cluster", ".", "--namespace", "n")]
    [InlineData(ExitCodes.Usage, "--service goes with --cluster", "--host", "--service", "s")]
    [InlineData(ExitCodes.Unreachable, "the configuration nosuch.json is not there", "--config", "nosuch.json")]
    [InlineData(ExitCodes.Unreachable, "nowhere is not there", "nowhere")]
    [InlineData(ExitCodes.Unreachable, "me@home/a.yaml is not there", "me@home/a.yaml")]
    [InlineData(ExitCodes.Unreachable, " wss//***@h is not there", "wss//user:pw@h")]
    [InlineData(ExitCodes.Usage, " ws://***@h:99999/?token=*** is no URL", "ws://user:S3cretPw@h:99999/?token=abcSECRET")]
    public async Task A_line_that_cannot_be_followed_is_told(int code, string said, params string[] args)
    {
        var ran = await _terminal.RunAsync(["doctor", .. args]);

        Assert.Equal((code, ""), (ran.Code, ran.Standard));
        Assert.Contains(said, ran.Error);
    }

    [Fact]
    public async Task On_a_terminal_the_progress_is_wiped_away_and_stays_out_of_the_report()
    {
        using var terminal = new Terminal { IsTerminal = true };
        await using var server = RawServer.Start(Fault.None);

        var ran = await terminal.With("nginx.conf", Broken).RunAsync("doctor", server.Url.ToString(), ".");

        Assert.Contains($"{server.Url}: upgrade", ran.Error);
        Assert.EndsWith("\r", ran.Error);
        Assert.DoesNotContain('\r', ran.Standard);
    }

    public void Dispose() => _terminal.Dispose();
}
