namespace Bascule.Diagnostics;

/// <summary>About the files themselves.</summary>
internal static class LintFileRules
{
    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("UNREADABLE", Severity.Warning, Breaks.Nothing, "Every file that is recognised")
        {
            Why = "What cannot be read cannot be checked, and the tool that uses the file will likely refuse it, too.",
            Symptom = "None by itself.",
            Fix = "Repair the file, or leave it out of what is linted.",
            Reference = "docs/lint.md",
            IsForAll = true,
            Check = d => d.Files.Where(f => f.Fault is not null).Select(f => new LintHit(f.Fault!.Place, $"the file cannot be read: {f.Fault.Detail}")),
            Fires = new LintExample(("main.tf", "resource \"aws_lb\" \"web\" {\n  idle_timeout = 60\n")),
            Silent = new LintExample(("main.tf", "resource \"aws_lb\" \"web\" {\n  idle_timeout = 60\n}\n")),
        },
        new("LINT-NO-REASON", Severity.Warning, Breaks.Nothing, "Comments that suppress a finding")
        {
            Why = "Nobody can judge later whether a finding without a reason may still be ignored; so the comment takes nothing out.",
            Symptom = "None by itself.",
            Fix = "Write why: bascule-lint: ignore RULE-ID the reason.",
            Reference = "docs/lint.md",
            IsForAll = true,
            Check = Suppressions.Faults,
            Fires = new LintExample(("nginx.conf", "# bascule-lint: ignore NGINX-READ-TIMEOUT\nserver { listen 80; }\n")),
            Silent = new LintExample(("nginx.conf", "# bascule-lint: ignore NGINX-READ-TIMEOUT clients are never silent\nserver { listen 80; }\n")),
        },
    ];
}
