namespace Bascule.Settings;

/// <summary>A path of a route: <c>/exact</c>, <c>/with/{parameter}/</c>, and a trailing <c>*</c> for a prefix.</summary>
public sealed class PathPattern
{
    internal const string Reserved = "/_bascule";

    private readonly string[] _segments;
    private readonly bool _isPrefix;

    /// <param name="text">One without a <see cref="Fault"/>: starts with <c>/</c>, at most one <c>*</c>, at its end.</param>
    public PathPattern(string text)
    {
        Text = text;
        _isPrefix = text.EndsWith('*');
        _segments = (_isPrefix ? text[1..^1] : text[1..]).Split('/');
    }

    public string Text { get; }

    /// <summary>Neither a prefix nor with parameters.</summary>
    public bool IsExact => !_isPrefix && !Array.Exists(_segments, IsParameter);

    /// <summary>Compares segment by segment as sent; a parameter takes one segment that is not empty.</summary>
    public bool Matches(ReadOnlySpan<char> path)
    {
        var rest = path[1..];
        for (var i = 0; i < _segments.Length; i++)
        {
            var last = i == _segments.Length - 1;
            if (last && _isPrefix)
                return rest.StartsWith(_segments[i], StringComparison.Ordinal);
            var slash = rest.IndexOf('/');
            if (last != (slash < 0))
                return false;
            var segment = last ? rest : rest[..slash];
            if (IsParameter(_segments[i]) ? segment.IsEmpty : !segment.SequenceEqual(_segments[i]))
                return false;
            rest = last ? default : rest[(slash + 1)..];
        }

        return true;
    }

    /// <summary>What a parameter of the pattern stands for in a path that it matches, as sent; null when it has no such parameter.</summary>
    public string? Value(string path, string parameter)
    {
        var index = Array.IndexOf(_segments, $"{{{parameter}}}");
        return index < 0 ? null : path[1..].Split('/')[index];
    }

    /// <summary>The more specific comes first: exact before parameters before prefixes, then the longer; at last by text, so that the order is one.</summary>
    public static IComparer<PathPattern> BySpecificity { get; } = Comparer<PathPattern>.Create(Compare);

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
    internal static string WithoutNames(string pattern) => string.Join('/', pattern.Split('/').Select(s => IsParameter(s) ? "{}" : s));

    internal static bool IsReserved(string pattern) =>
        pattern.TrimEnd('*') == Reserved || pattern.StartsWith($"{Reserved}/", StringComparison.Ordinal);

    private static int Compare(PathPattern a, PathPattern b)
    {
        for (var i = 0; i < Math.Min(a._segments.Length, b._segments.Length); i++)
        {
            var byKind = a.Rank(i).CompareTo(b.Rank(i));
            if (byKind != 0)
                return byKind;
        }

        var byLength = b._segments.Length.CompareTo(a._segments.Length);
        if (byLength == 0)
            byLength = b.Text.Length.CompareTo(a.Text.Length);
        return byLength != 0 ? byLength : string.CompareOrdinal(a.Text, b.Text);
    }

    private int Rank(int index) => _isPrefix && index == _segments.Length - 1 ? 2 : IsParameter(_segments[index]) ? 1 : 0;

    private static bool IsParameter(string segment) => segment.StartsWith('{');

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
