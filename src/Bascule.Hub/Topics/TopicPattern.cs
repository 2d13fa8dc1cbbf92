namespace Bascule.Hub;

/// <summary>A topic's name, or the beginning of names: with one <c>*</c> at its end, as in <c>prices.*</c>, or <c>*</c> alone.</summary>
public static class TopicPattern
{
    /// <summary>Whether it ends with the star, and so stands for many topics.</summary>
    public static bool IsPattern(ReadOnlySpan<char> name) => name.EndsWith("*", StringComparison.Ordinal);

    /// <summary>A name or a pattern.</summary>
    public static bool IsValid(ReadOnlySpan<char> name) => name is "*" || TopicName.IsValid(IsPattern(name) ? name[..^1] : name);

    /// <summary>Whether the topic is the one, or one of those, that the pattern stands for.</summary>
    public static bool Fits(ReadOnlySpan<char> pattern, ReadOnlySpan<char> topic) =>
        IsPattern(pattern) ? topic.StartsWith(pattern[..^1], StringComparison.Ordinal) : topic.SequenceEqual(pattern);

    /// <summary>Whether every topic of <paramref name="inner"/> is one of <paramref name="outer"/>. Both may be names.</summary>
    public static bool Covers(ReadOnlySpan<char> outer, ReadOnlySpan<char> inner) =>
        IsPattern(inner) ? IsPattern(outer) && inner[..^1].StartsWith(outer[..^1], StringComparison.Ordinal) : Fits(outer, inner);

    /// <summary>Whether a topic can be one of both. Both may be names.</summary>
    public static bool Overlap(ReadOnlySpan<char> one, ReadOnlySpan<char> other) => Covers(one, other) || Covers(other, one);
}
