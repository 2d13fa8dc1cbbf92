namespace Bascule.Settings;

/// <summary>The syntax of route paths: <c>/exact</c>, <c>/with/{parameter}/</c>, and a trailing <c>*</c>.</summary>
internal static class PathPattern
{
    internal const string Reserved = "/_bascule";

    /// <summary>What is wrong with the pattern; null when it is well-formed.</summary>
    internal static string? Fault(string pattern)
    {
        if (!pattern.StartsWith('/'))
            return "does not start with /";
        if (pattern.Any(c => c is '?' or '#' or '\\' || char.IsWhiteSpace(c) || char.IsControl(c)))
            return "holds a character that no path can have";
        if (pattern.IndexOf('*') is >= 0 and var star && star != pattern.Length - 1)
            return "has a * that is not its last character";
        var segments = pattern[1..].Split('/');
        HashSet<string> parameters = new(StringComparer.Ordinal);
        for (var i = 0; i < segments.Length; i++)
        {
            if (SegmentFault(segments[i], isLast: i == segments.Length - 1, parameters) is { } fault)
                return fault;
        }

        return null;
    }

    /// <summary>The same for two patterns that take exactly the same paths: names of parameters do not matter.</summary>
    internal static string WithoutNames(string pattern) => string.Join('/', pattern.Split('/').Select(s => s.StartsWith('{') ? "{}" : s));

    internal static bool IsReserved(string pattern) =>
        pattern.TrimEnd('*') == Reserved || pattern.StartsWith($"{Reserved}/", StringComparison.Ordinal);

    private static string? SegmentFault(string segment, bool isLast, HashSet<string> parameters)
    {
        if (segment.Length == 0)
            return isLast ? null : "has two slashes in a row";
        if (segment is "." or "..")
            return $"has the segment {segment}, which clients resolve before they ask";
        if (!segment.Contains('{') && !segment.Contains('}'))
            return null;
        var name = segment.Trim('{', '}');
        if (segment != $"{{{name}}}" || !IsName(name))
            return $"has the segment {segment}, which is no parameter";
        return parameters.Add(name) ? null : $"has the parameter {name} twice";
    }

    private static bool IsName(string text) => text.Length > 0 && !char.IsAsciiDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
