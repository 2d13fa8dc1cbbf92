namespace Bascule.Diagnostics;

/// <summary>Fields by which answers tell which of several instances wrote them.</summary>
internal static class InstanceMarks
{
    private static readonly string[] Fields =
    [
        "X-Instance", "X-Instance-Id", "X-Served-By", "X-Server-Id", "X-Backend", "X-Backend-Server", "X-Upstream", "X-Node", "X-Node-Id", "X-Pod", "X-Pod-Name", "X-Hostname", "X-Container-Id", "Fly-Machine-Id",
    ];

    /// <returns>Each mark once, in the order in which they came; null when the answers have none.</returns>
    internal static (string Field, IReadOnlyList<string> Marks)? In(IReadOnlyList<HttpAnswer> answers)
    {
        var field = Fields.FirstOrDefault(f => answers.Any(a => a[f].Length > 0));
        return field is null ? null : (field, [.. answers.Select(a => a[field]).Where(m => m.Length > 0).Distinct(StringComparer.Ordinal)]);
    }

    /// <returns>Null when one instance answered, or none can be told from another.</returns>
    internal static Verdict? Judge(IReadOnlyList<HttpAnswer> answers)
    {
        const int mostShown = 5;
        if (In(answers) is not var (field, marks) || marks.Count < 2)
            return null;
        var shown = string.Join(", ", marks.Take(mostShown));
        return Findings.Measured(
            "PROBE-RECONNECT-SPREAD", Severity.Info, $"Reconnects reach different instances: {marks.Count} in {answers.Count} tries.", $"{field}: {shown}{(marks.Count > mostShown ? ", …" : "")}",
            "A client that comes back lands where nobody knows it, unless all instances share what they know.", "After a reconnect the session is gone, now and then.", "Keep sessions and subscriptions in a shared store, and let clients resume by a token; affinity is only a help.", "app-inmemory-multi");
    }
}
