using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bascule.Diagnostics;

/// <summary>A report as SARIF 2.1.0, for code scanning.</summary>
public static class LintSarif
{
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(LintReport report, string version)
    {
        var rules = report.Findings.Select(f => f.Rule).DistinctBy(r => r.Id).ToList();
        var driver = new JsonObject
        {
            ["name"] = "bascule lint",
            ["version"] = version,
            ["rules"] = new JsonArray([.. rules.Select(Rule)]),
        };
        var run = new JsonObject
        {
            ["tool"] = new JsonObject { ["driver"] = driver },
            ["columnKind"] = "utf16CodeUnits",
            ["results"] = new JsonArray([.. report.Findings.Select(f => Result(f, rules.FindIndex(r => r.Id == f.Rule.Id)))]),
        };
        return new JsonObject { ["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json", ["version"] = "2.1.0", ["runs"] = new JsonArray(run) }.ToJsonString(Layout) + "\n";
    }

    private static JsonObject Rule(LintRule rule) => new()
    {
        ["id"] = rule.Id,
        ["shortDescription"] = Text(rule.Inspects),
        ["fullDescription"] = Text(rule.Why),
        ["help"] = Text($"{rule.Symptom} {rule.Fix} Source: {rule.Source}"),
        ["defaultConfiguration"] = new JsonObject { ["level"] = Level(rule.Severity) },
    };

    private static JsonObject Result(LintFinding finding, int rule) => new()
    {
        ["ruleId"] = finding.Rule.Id,
        ["ruleIndex"] = rule,
        ["level"] = Level(finding.Severity),
        ["message"] = Text($"{finding.Seen}. {finding.Rule.Why} {finding.Fix}"),
        ["partialFingerprints"] = new JsonObject { ["bascule/v1"] = finding.Fingerprint },
        ["locations"] = new JsonArray(new JsonObject
        {
            ["physicalLocation"] = new JsonObject
            {
                ["artifactLocation"] = new JsonObject { ["uri"] = Address(finding.Place.File) },
                ["region"] = new JsonObject { ["startLine"] = finding.Place.Line, ["startColumn"] = finding.Place.Column },
            },
        }),
    };

    /// <summary>A file under the working folder is named from there; any other one by its whole path.</summary>
    private static string Address(string file)
    {
        var escaped = string.Join('/', file.Split('/').Select(Uri.EscapeDataString));
        return file.StartsWith('/') ? $"file://{escaped}" : Path.IsPathFullyQualified(file) ? $"file:///{escaped.Replace("%3A", ":", StringComparison.Ordinal)}" : escaped;
    }

    private static JsonObject Text(string text) => new() { ["text"] = text };

    private static string Level(Severity severity) => severity switch { Severity.Error => "error", Severity.Warning => "warning", _ => "note" };
}
