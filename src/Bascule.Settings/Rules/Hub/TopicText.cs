using System.Buffers;

namespace Bascule.Settings;

/// <summary>Names of topics, and patterns of them (<c>prices.*</c>, <c>*</c>): one rule for settings, tokens and messages.</summary>
public static class TopicText
{
    /// <summary>Characters that a name may have: enough for the names that people give to topics of Kafka, and short in each frame.</summary>
    public const int Longest = 200;

    internal const string Rule = "Use letters, digits and . _ : / @ + ~ - only, 200 at most.";

    internal const string PatternRule = $"{Rule} A * at the end takes all that begins so: prices.*.";

    private static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/@+~-");

    /// <summary>Why it is no name of a topic, as the rest of a sentence that starts with it; null when it is one.</summary>
    public static string? Fault(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty)
            return "is empty";
        if (name.Length > Longest)
            return $"has more than {Longest} characters";
        if (name.IndexOfAnyExcept(Allowed) is >= 0 and var odd)
            return name[odd] == '*' ? "has a *, as only patterns do" : "holds a character that no topic can have";
        return null;
    }

    /// <summary>The same for a text that may be a name or a pattern: a name, or nothing, with one <c>*</c> at its end.</summary>
    public static string? PatternFault(ReadOnlySpan<char> pattern)
    {
        if (pattern is "*")
            return null;
        var stem = IsPattern(pattern) ? pattern[..^1] : pattern;
        return stem.Contains('*') ? "has a * that is not its last character" : Fault(stem);
    }

    /// <summary>Whether it ends with the star, and so stands for many topics.</summary>
    public static bool IsPattern(ReadOnlySpan<char> name) => name is [.., '*'];

    /// <summary>Whether the name or pattern takes the topic.</summary>
    public static bool Takes(ReadOnlySpan<char> pattern, ReadOnlySpan<char> topic) =>
        pattern is [.. var stem, '*'] ? topic.StartsWith(stem, StringComparison.Ordinal) : pattern.SequenceEqual(topic);

    /// <summary>Whether every topic that <paramref name="inner"/> takes is taken by <paramref name="outer"/>. Both may be names.</summary>
    public static bool Covers(ReadOnlySpan<char> outer, ReadOnlySpan<char> inner) =>
        IsPattern(inner) ? IsPattern(outer) && inner[..^1].StartsWith(outer[..^1], StringComparison.Ordinal) : Takes(outer, inner);

    /// <summary>Whether one topic can be taken by both. Both may be names.</summary>
    public static bool Meet(ReadOnlySpan<char> one, ReadOnlySpan<char> other) => Covers(one, other) || Covers(other, one);
}
