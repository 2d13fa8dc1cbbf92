using System.Text.Json.Nodes;

namespace Bascule.Diagnostics.Tests;

/// <summary>What other programs read: SARIF, annotations; and what a person reads on a narrow terminal.</summary>
public sealed class LintOutputTests
{
    private static readonly (string, string) Site = ("a b/ng,i:nx%.conf", "server {\n  location /ws {\n    proxy_pass http://app;\n    proxy_read_timeout 1h;\n  }\n}\n");

    /// <summary>The objects that are written, with what SARIF 2.1.0 asks of each (OASIS standard, §3): what must be there, and what may.</summary>
    private static readonly Dictionary<string, (string[] Must, string[] May)> Shapes = new(StringComparer.Ordinal)
    {
        ["sarifLog"] = (["version", "runs"], ["$schema"]),
        ["run"] = (["tool"], ["results", "columnKind"]),
        ["tool"] = (["driver"], []),
        ["driver"] = (["name"], ["version", "rules", "informationUri"]),
        ["rule"] = (["id"], ["shortDescription", "fullDescription", "help", "defaultConfiguration"]),
        ["result"] = (["message"], ["ruleId", "ruleIndex", "level", "partialFingerprints", "locations"]),
        ["region"] = ([], ["startLine", "startColumn"]),
    };

    [Fact]
    public void Sarif_has_the_shape_of_its_standard_for_every_rule()
    {
        var report = LintRun.Run([.. LintRules.All.SelectMany((r, i) => r.Fires.Files.Select(f => ($"{i}/{f.Path}", f.Text)))], new LintOptions(AssumeWebSockets: true));

        var log = JsonNode.Parse(LintSarif.Write(report, "1.2.3"))!;
        var run = log["runs"]![0]!;
        Shape("sarifLog", log);
        Shape("run", run);
        Shape("tool", run["tool"]!);
        Shape("driver", run["tool"]!["driver"]!);
        var rules = run["tool"]!["driver"]!["rules"]!.AsArray();
        Assert.Equal(("2.1.0", rules.Count), ((string)log["version"]!, rules.Select(r => (string)r!["id"]!).Distinct().Count()));
        Assert.All(rules, r => Shape("rule", r!));
        Assert.All(run["results"]!.AsArray(), result =>
        {
            Shape("result", result!);
            Assert.Equal((string)result!["ruleId"]!, (string)rules[(int)result["ruleIndex"]!]!["id"]!);
            Assert.Matches("^(error|warning|note)$", (string)result["level"]!);
            Assert.NotEmpty((string)result["message"]!["text"]!);
            var place = result["locations"]![0]!["physicalLocation"]!;
            Assert.True(Uri.TryCreate((string)place["artifactLocation"]!["uri"]!, UriKind.Relative, out _));
            Shape("region", place["region"]!);
            Assert.True((int)place["region"]!["startLine"]! >= 1 && (int)place["region"]!["startColumn"]! >= 1);
        });
    }

    [Theory]
    [InlineData("/srv/a b/nginx.conf", "file:///srv/a%20b/nginx.conf")]
    [InlineData("a b/nginx.conf", "a%20b/nginx.conf")]
    public void A_file_outside_of_the_working_folder_has_an_address_of_its_own_in_Sarif(string path, string uri)
    {
        var log = JsonNode.Parse(LintSarif.Write(LintRun.Run([(path, Site.Item2)]), "1"))!;

        Assert.Equal(uri, (string)log["runs"]![0]!["results"]![0]!["locations"]![0]!["physicalLocation"]!["artifactLocation"]!["uri"]!);
    }

    [Fact]
    public void What_is_too_much_to_be_read_is_counted_and_a_baseline_knows_all_of_it()
    {
        (string, string)[] files = [.. Enumerable.Range(0, 1200).Select(i => ($"{i:0000}.conf", Site.Item2))];
        var whole = LintRun.Run(files);

        var shown = whole.Shortened();

        Assert.Equal((1200, 1000, 1200), (whole.Findings.Count, shown.Findings.Count, shown.Count(Severity.Error)));
        Assert.Contains("1200 errors", LintText.Write(shown));
        Assert.Contains("Of NGINX-UPGRADE-HEADERS 200 more are counted and not shown.", LintText.Write(shown));
        Assert.EndsWith("::notice title=NGINX-UPGRADE-HEADERS::200 more findings of this rule are not shown.\n", LintGitHub.Write(shown));
        Assert.Equal((1200, new LintCut("NGINX-UPGRADE-HEADERS", "error", 200)), (LintDocument.Of(shown).Errors, LintDocument.Of(shown).Cut.Single()));
        Assert.Empty(LintBaseline.Apply(whole, LintBaseline.Write(whole), "b.json").Findings);
    }

    [Fact]
    public void Signs_of_the_syntax_of_annotations_are_escaped()
    {
        var lines = LintGitHub.Write(LintRun.Run([Site])).TrimEnd('\n').Split('\n');

        Assert.StartsWith("::error file=a b/ng%2Ci%3Anx%25.conf,line=2,col=3,title=NGINX-UPGRADE-HEADERS::location /ws", Assert.Single(lines));
    }

    [Theory]
    [InlineData(60)]
    [InlineData(100)]
    public void On_a_terminal_long_lines_are_broken_under_their_text(int width)
    {
        var text = LintText.Write(LintRun.Run([Site]), width);

        var lines = text.Split('\n').Where(l => !l.StartsWith("      ", StringComparison.Ordinal) || l.StartsWith("               ", StringComparison.Ordinal)).ToList();
        Assert.All(lines, l => Assert.True(l.Length <= width || l.Length - l.LastIndexOf(' ') > width - 16, l));
        Assert.Contains(lines, l => l.StartsWith("               ", StringComparison.Ordinal));
        Assert.Equal(Words(LintText.Write(LintRun.Run([Site]))), Words(text));
    }

    [Fact]
    public void Every_rule_explains_itself() =>
        Assert.All(LintRules.All, rule =>
        {
            var text = LintText.Explain(rule, 80);
            Assert.StartsWith(rule.Id + " (", text);
            Assert.Contains("\nFires:\n  # " + rule.Fires.Files[0].Path, text);
            Assert.Contains("\nSilent:\n  # ", text);
        });

    private static string[] Words(string text) => text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);

    private static void Shape(string name, JsonNode node)
    {
        var keys = node.AsObject().Select(p => p.Key).ToList();
        Assert.All(Shapes[name].Must, key => Assert.Contains(key, keys));
        Assert.All(keys, key => Assert.Contains(key, Shapes[name].Must.Concat(Shapes[name].May)));
    }
}
