namespace Bascule.Gateway;

/// <summary>A path of a route: <c>/exact</c>, <c>/with/{parameter}/</c>, and a trailing <c>*</c> for a prefix.</summary>
public sealed class PathPattern
{
    private readonly string[] _segments;
    private readonly bool _isPrefix;

    /// <param name="text">Checked by the configuration: starts with <c>/</c>, at most one <c>*</c>, at its end.</param>
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

    /// <summary>The more specific comes first: exact before parameters before prefixes, then the longer; at last by text, so that the order is one.</summary>
    public static IComparer<PathPattern> BySpecificity { get; } = Comparer<PathPattern>.Create(Compare);

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
}
