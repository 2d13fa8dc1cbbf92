using System.Text.Json;

namespace Bascule.Diagnostics;

/// <summary>Findings that are known and shall not be told again: a JSON file beside the project.</summary>
public static class LintBaseline
{
    private static readonly JsonSerializerOptions Layout = new(JsonSerializerDefaults.Web) { WriteIndented = true, NewLine = "\n" };

    public static string Write(LintReport report) =>
        JsonSerializer.Serialize(new Document([.. report.Findings.Select(f => new Known(f.Rule.Id, f.Place.File, f.Fingerprint)).Distinct()]), Layout) + "\n";

    /// <summary>The report without what the baseline knows.</summary>
    /// <exception cref="ConfigFaultException">It is no baseline.</exception>
    public static LintReport Apply(LintReport report, string baseline, string file)
    {
        HashSet<string> known;
        try
        {
            known = [.. JsonSerializer.Deserialize<Document>(baseline, Layout)?.Findings?.Select(k => k.Fingerprint) ?? throw new JsonException("there is no list \"findings\"")];
        }
        catch (JsonException e)
        {
            throw new ConfigFaultException(new Place(file, 1), $"no baseline of bascule lint: {e.Message}");
        }

        var left = report.Findings.Where(f => !known.Contains(f.Fingerprint)).ToList();
        return report with { Findings = left, Suppressed = report.Suppressed + report.Findings.Count - left.Count };
    }

    private sealed record Document(IReadOnlyList<Known>? Findings);

    private sealed record Known(string Rule, string Path, string Fingerprint);
}
