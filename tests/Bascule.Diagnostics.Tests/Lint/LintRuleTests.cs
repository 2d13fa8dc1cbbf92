using System.Runtime.CompilerServices;

namespace Bascule.Diagnostics.Tests;

/// <summary>Every rule, by its own examples.</summary>
public sealed class LintRuleTests
{
    public static TheoryData<string> Ids => [.. LintRules.All.Select(r => r.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_rule_fires_in_its_first_example_and_not_in_its_second(string id)
    {
        var rule = LintRules.Find(id)!;

        var (fires, silent) = (Findings(rule.Fires), Findings(rule.Silent));

        var found = fires.Where(f => f.Rule.Id == id).ToList();
        Assert.True(found.Count > 0, $"{id} does not fire. Found: {string.Join(", ", fires.Select(f => f.Rule.Id))}");
        Assert.All(found, f => Assert.Contains(f.Place.File, rule.Fires.Files.Select(e => e.Path)));
        Assert.DoesNotContain(id, silent.Select(f => f.Rule.Id));
        if (id != "UNREADABLE")
            Assert.DoesNotContain("UNREADABLE", fires.Concat(silent).Select(f => f.Rule.Id));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_rule_reads_the_line_ends_of_Windows_as_well(string id)
    {
        var rule = LintRules.Find(id)!;

        var (fires, silent) = (Findings(OfWindows(rule.Fires)), Findings(OfWindows(rule.Silent)));

        Assert.Contains(id, fires.Select(f => f.Rule.Id));
        Assert.DoesNotContain(id, silent.Select(f => f.Rule.Id));
    }

    private static LintExample OfWindows(LintExample example) =>
        new([.. example.Files.Select(f => (f.Path, f.Text.Replace("\n", "\r\n", StringComparison.Ordinal)))]) { Options = example.Options };

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_rule_says_all_that_a_finding_needs(string id)
    {
        var rule = LintRules.Find(id)!;

        Assert.All([rule.Inspects, rule.Why, rule.Symptom, rule.Fix], text => Assert.False(string.IsNullOrWhiteSpace(text)));
        Assert.Matches("^[A-Z][A-Z0-9]*(-[A-Z0-9]+)+$|^UNREADABLE$", id);
        Assert.All(rule.Facts, fact => Assert.NotNull(PlatformCatalogue.Embedded[fact]));
    }

    [Fact]
    public void Every_rule_says_where_it_is_written() => Assert.All(LintRules.All, rule => Assert.NotEmpty(rule.Source));

    [Fact]
    public void A_rule_that_stands_on_memory_alone_is_no_error() =>
        Assert.All(
            LintRules.All.Where(r => r.Facts.Count > 0 && r.Facts.All(f => !PlatformCatalogue.Embedded[f].Evidence.IsFirm())),
            rule => Assert.NotEqual(Severity.Error, rule.Severity));

    [Fact]
    public void No_two_rules_have_one_id() => Assert.Equal(LintRules.All.Count, LintRules.All.Select(r => r.Id).Distinct().Count());

    [Fact]
    public void There_are_at_least_80_rules() => Assert.True(LintRules.All.Count >= 80, $"{LintRules.All.Count}");

    [Fact]
    public void Every_diff_of_an_example_takes_out_a_line_that_is_there()
    {
        foreach (var rule in LintRules.All)
        {
            foreach (var finding in Findings(rule.Fires).Where(f => f.Rule.Id == rule.Id && f.Diff is not null))
            {
                var lines = rule.Fires.Files.First(f => f.Path == finding.Place.File).Text.Split('\n');
                Assert.All(finding.Diff!.Split('\n').Where(l => l.StartsWith('-') && !l.StartsWith("---", StringComparison.Ordinal)), l => Assert.Contains(l[1..], lines));
            }
        }
    }

    [Fact]
    public void The_kept_reference_is_the_generated_one()
    {
        var path = Path.Combine(Folder(), "../../../docs/lint-rules.md");
        var generated = LintReference.Markdown();
        if (Environment.GetEnvironmentVariable("BASCULE_UPDATE") == "1")
            File.WriteAllText(path, generated);

        Assert.True(File.Exists(path) && File.ReadAllText(path) == generated, "docs/lint-rules.md is not what the rules say: run this test with BASCULE_UPDATE=1 and look at the difference.");
    }

    internal static string Folder([CallerFilePath] string source = "") => Path.GetDirectoryName(source)!;

    private static IReadOnlyList<LintFinding> Findings(LintExample example) => LintRun.Run(example.Files, example.Options).Findings;
}
