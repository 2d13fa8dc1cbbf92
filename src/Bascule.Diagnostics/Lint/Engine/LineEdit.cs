namespace Bascule.Diagnostics;

/// <summary>A change of one line, from which a diff is made.</summary>
/// <param name="Old">The part of the line that goes; null to take the whole line out.</param>
/// <param name="New">What comes for it; lines to add where <paramref name="IsInsertion"/>.</param>
public sealed record LineEdit(Place Place, string? Old, string New, bool IsInsertion)
{
    public static LineEdit Remove(Place place) => new(place, null, "", false);

    /// <summary>Puts another value in; null where the value does not stand there as it is.</summary>
    public static LineEdit? Value(ConfigNode? node, string value) => node?.Value is { Length: > 0 } old ? new LineEdit(node.Place, old, value, false) : null;

    public static LineEdit Replace(Place place, string old, string replacement) => new(place, old, replacement, false);

    /// <summary>Adds lines after this one, indented as it is, or one step deeper after an opening brace.</summary>
    public static LineEdit After(Place place, params ReadOnlySpan<string> lines) => new(place, "", string.Join('\n', lines), true);

    /// <summary>The change as a unified diff; null where the line is not what was expected, or holds what nobody else may read.</summary>
    public string? Diff(LintFile file)
    {
        var index = Place.Line - 1 - file.LinesBefore;
        if (index < 0 || index >= file.Lines.Count)
            return null;
        var line = file.Lines[index].TrimEnd('\r');
        if (SafeText.HoldsSecret(line))
            return null;
        if (IsInsertion)
        {
            // A block that is closed on its own line has no line behind which something would stand inside it.
            if (line.Contains('{') && line.TrimEnd().EndsWith('}'))
                return null;
            var indent = line[..^line.TrimStart().Length] + (line.TrimEnd().EndsWith('{') || line.TrimEnd().EndsWith(':') ? "  " : "");
            var lines = New.Split('\n');
            return $"{Head(lines.Length + 1)} {line}\n{string.Concat(lines.Select(l => $"+{indent}{l}\n"))}";
        }

        if (Old is null)
            return $"{Head(0)}-{line}\n";
        var at = line.IndexOf(Old, Math.Clamp(Place.Column - 1, 0, line.Length), StringComparison.Ordinal);
        return at < 0 ? null : $"{Head(1)}-{line}\n+{line[..at]}{New}{line[(at + Old.Length)..]}\n";
    }

    private string Head(int newLines) => $"--- a/{Place.File}\n+++ b/{Place.File}\n@@ -{Place.Line},1 +{(newLines == 0 ? Place.Line - 1 : Place.Line)},{newLines} @@\n";
}
