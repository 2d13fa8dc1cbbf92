namespace Bascule.Diagnostics.Tests;

/// <summary>How a finding is taken out: by a comment with a reason.</summary>
public sealed class LintSuppressionTests
{
    private const string Site = "server {\n  location /ws { # MARK\n    proxy_pass http://app;\n    proxy_read_timeout 3600s;\n  }\n}\n";

    [Theory]
    [InlineData("bascule-lint: ignore NGINX-UPGRADE-HEADERS the client polls", 0, 1)]
    [InlineData("bascule-lint: ignore OTHER-RULE the client polls", 1, 0)]
    [InlineData("", 1, 0)]
    public void A_comment_with_a_reason_on_the_line_takes_its_rule_out(string comment, int left, int suppressed)
    {
        var report = LintRun.Run([("nginx.conf", Site.Replace("MARK", comment, StringComparison.Ordinal))]);

        Assert.Equal((left, suppressed), (report.Findings.Count, report.Suppressed));
    }

    [Fact]
    public void A_comment_above_the_line_counts_as_well()
    {
        var report = LintRun.Run([("nginx.conf", Site.Replace("  location", "  # bascule-lint: ignore NGINX-UPGRADE-HEADERS the client polls\n  location", StringComparison.Ordinal))]);

        Assert.Equal((0, 1), (report.Findings.Count, report.Suppressed));
    }

    [Fact]
    public void A_comment_at_the_head_may_speak_for_the_whole_file()
    {
        var report = LintRun.Run([("nginx.conf", "# bascule-lint: ignore-file NGINX-UPGRADE-HEADERS an example of what is wrong\n\n\n" + Site)]);

        Assert.Equal((0, 1), (report.Findings.Count, report.Suppressed));
    }

    [Fact]
    public void A_comment_without_a_reason_takes_nothing_out_and_is_told()
    {
        var report = LintRun.Run([("nginx.conf", Site.Replace("MARK", "bascule-lint: ignore NGINX-UPGRADE-HEADERS", StringComparison.Ordinal))]);

        Assert.Equal(["NGINX-UPGRADE-HEADERS", "LINT-NO-REASON"], report.Findings.Select(f => f.Rule.Id));
    }
}
