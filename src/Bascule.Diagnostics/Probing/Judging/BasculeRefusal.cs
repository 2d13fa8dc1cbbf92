using System.Text.Json;
using Bascule.Model;

namespace Bascule.Diagnostics;

/// <summary>Bascule refuses with its own reason: the row of the catalogue says what to do.</summary>
internal static class BasculeRefusal
{
    internal static Verdict? Judge(Differential seen)
    {
        if (seen.Full["X-Bascule-Attempt"] is not { Length: > 0 } attempt)
            return null;
        var label = Label(seen.Full.Body);
        var reason = EndReasons.All.FirstOrDefault(r => r.Label == label);
        return reason is null
            ? seen.Say("PROBE-BASCULE", $"The Bascule gateway refused the upgrade with {seen.Full.Status}.", "It says why to those who ask with the attempt id.", $"Run: bascule explain {attempt}")
            : seen.Say("PROBE-BASCULE", $"The Bascule gateway refused the upgrade with {seen.Full.Status} {reason.Label}: {reason.Text}", reason.Text, $"{reason.Advice} More: bascule explain {attempt}");
    }

    private static string? Label(string body)
    {
        try
        {
            using var problem = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 8 });
            return problem.RootElement.ValueKind == JsonValueKind.Object && problem.RootElement.TryGetProperty("label", out var label) && label.ValueKind == JsonValueKind.String ? label.GetString() : null;
        }
        catch (JsonException)
        {
            // A proxy put its own page there: the attempt id still tells.
            return null;
        }
    }
}
