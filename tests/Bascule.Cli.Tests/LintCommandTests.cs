using System.Text.Json.Nodes;

namespace Bascule.Cli.Tests;

/// <summary><c>bascule lint</c> as a person and as a program see it.</summary>
public sealed class LintCommandTests : IDisposable
{
    private const string Broken = "server {\n  location /ws {\n    proxy_pass http://app:8080;\n    proxy_read_timeout 3600s;\n  }\n}\n";

    private readonly Terminal _terminal = new();

    [Fact]
    public async Task The_verdict_comes_first_and_the_repair_is_a_diff()
    {
        _terminal.With("nginx.conf", Broken);

        var ran = await _terminal.RunAsync("lint", ".");

        Assert.Equal((ExitCodes.FoundFault, ""), (ran.Code, ran.Error));
        Assert.StartsWith("error: location /ws passes requests on without the headers Upgrade and Connection (NGINX-UPGRADE-HEADERS, nginx.conf:2)\n", ran.Standard);
        Assert.Contains("+    proxy_set_header Upgrade $http_upgrade;", ran.Standard);
        Assert.Contains("1 errors, 0 warnings, 0 infos in 1 files. WebSockets are used here: a path that looks like one for WebSockets (nginx.conf:2).", ran.Standard);
    }

    [Fact]
    public async Task A_correct_file_is_good()
    {
        _terminal.With("nginx.conf", Broken.Replace("proxy_pass", "proxy_http_version 1.1;\n    proxy_set_header Upgrade $http_upgrade;\n    proxy_set_header Connection upgrade;\n    proxy_pass", StringComparison.Ordinal));

        var ran = await _terminal.RunAsync("lint", "nginx.conf");

        Assert.Equal((ExitCodes.Good, ""), (ran.Code, ran.Error));
        Assert.StartsWith("Nothing found.\n", ran.Standard);
    }

    [Fact]
    public async Task Json_has_the_verdict_and_every_finding()
    {
        _terminal.With("nginx.conf", Broken);

        var ran = await _terminal.RunAsync("lint", ".", "--json");

        var report = JsonNode.Parse(ran.Standard)!;
        Assert.Equal(("NGINX-UPGRADE-HEADERS", 1, 1), ((string?)report["verdict"]!["rule"], (int)report["errors"]!, report["findings"]!.AsArray().Count));
        Assert.Equal(("nginx.conf", 2), ((string?)report["findings"]![0]!["path"], (int)report["findings"]![0]!["line"]!));
    }

    [Fact]
    public async Task Sarif_names_the_rule_the_file_and_the_line()
    {
        _terminal.With("nginx.conf", Broken);

        var ran = await _terminal.RunAsync("lint", ".", "--format", "sarif");

        var run = JsonNode.Parse(ran.Standard)!["runs"]![0]!;
        var place = run["results"]![0]!["locations"]![0]!["physicalLocation"]!;
        Assert.Equal("NGINX-UPGRADE-HEADERS", (string?)run["tool"]!["driver"]!["rules"]![(int)run["results"]![0]!["ruleIndex"]!]!["id"]);
        Assert.Equal(("nginx.conf", 2), ((string?)place["artifactLocation"]!["uri"], (int)place["region"]!["startLine"]!));
    }

    [Fact]
    public async Task GitHub_gets_an_annotation_on_one_line()
    {
        _terminal.With("nginx.conf", Broken);

        var ran = await _terminal.RunAsync("lint", ".", "--format", "github");

        Assert.StartsWith("::error file=nginx.conf,line=2,col=3,title=NGINX-UPGRADE-HEADERS::location /ws passes", ran.Standard);
        Assert.Single(ran.Standard.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task A_baseline_takes_out_what_it_knows_and_nothing_new()
    {
        _terminal.With("nginx.conf", Broken);

        var wrote = await _terminal.RunAsync("lint", ".", "--baseline", "known.json", "--update-baseline");
        _terminal.With("nginx.conf", "# moved\n" + Broken);
        var known = await _terminal.RunAsync("lint", ".", "--baseline", "known.json");
        _terminal.With("other.conf", Broken);
        var grown = await _terminal.RunAsync("lint", ".", "--baseline", "known.json");

        Assert.Equal((ExitCodes.Good, "known.json now knows 1 findings.\n"), (wrote.Code, wrote.Standard));
        Assert.Equal(ExitCodes.Good, known.Code);
        Assert.Contains("1 suppressed", known.Standard);
        Assert.Equal(ExitCodes.FoundFault, grown.Code);
        Assert.Contains("other.conf:2", grown.Standard);
    }

    [Fact]
    public async Task A_baseline_that_is_none_is_a_usage_error()
    {
        _terminal.With("nginx.conf", Broken).With("known.json", "[]");

        var ran = await _terminal.RunAsync("lint", ".", "--baseline", "known.json");

        Assert.Equal(ExitCodes.Usage, ran.Code);
        Assert.Contains("no baseline of bascule lint", ran.Error);
    }

    [Fact]
    public async Task A_rule_is_explained_with_its_examples()
    {
        var (known, unknown) = (await _terminal.RunAsync("lint", "--explain", "ENV-OVERWRITE"), await _terminal.RunAsync("lint", "--explain", "NO-SUCH"));

        Assert.Equal((ExitCodes.Good, ExitCodes.Usage), (known.Code, unknown.Code));
        Assert.StartsWith("ENV-OVERWRITE (error)\n", known.Standard);
        Assert.Contains("# deploy.sh", known.Standard);
        Assert.Contains("there is no rule NO-SUCH", unknown.Error);
    }

    [Theory]
    [InlineData("give at least one file or folder")]
    [InlineData("--format is \"xml\"", ".", "--format", "xml")]
    [InlineData("--min-severity is \"7\"", ".", "--min-severity", "7")]
    [InlineData("--update-baseline needs --baseline FILE", ".", "--update-baseline")]
    [InlineData("--json and --format sarif are two formats", ".", "--json", "--format", "sarif")]
    [InlineData("--sockets is 0", ".", "--sockets", "0")]
    [InlineData("--lifetime is \"soon\"", ".", "--lifetime", "soon")]
    public async Task A_line_that_cannot_be_understood_is_a_usage_error(string said, params string[] args)
    {
        var ran = await _terminal.RunAsync(["lint", .. args]);

        Assert.Equal((ExitCodes.Usage, ""), (ran.Code, ran.Standard));
        Assert.Contains(said, ran.Error);
    }

    [Theory]
    [InlineData("nowhere", "nowhere is not there.")]
    [InlineData("", "An empty path names nothing; for this folder write a dot.")]
    public async Task A_path_that_is_not_there_is_told(string path, string said)
    {
        var ran = await _terminal.RunAsync("lint", path);

        Assert.Equal((ExitCodes.Unreachable, $"bascule lint: {said}\n"), (ran.Code, ran.Error));
    }

    [Fact]
    public async Task What_is_less_than_asked_for_is_left_out()
    {
        _terminal.With("Caddyfile", "example.com {\n\treverse_proxy /ws app:8080\n}\n");

        var (warning, info) = (await _terminal.RunAsync("lint", "."), await _terminal.RunAsync("lint", ".", "--min-severity", "info"));

        Assert.Equal((ExitCodes.Good, ExitCodes.FoundFault), (warning.Code, info.Code));
        Assert.Contains("CADDY-RELOAD", info.Standard);
    }

    public void Dispose() => _terminal.Dispose();
}
