using Bascule.Settings;

namespace Bascule.Hub;

/// <summary>A topic's name, or the beginning of names: with one <c>*</c> at its end, as in <c>prices.*</c>, or <c>*</c> alone (<see cref="TopicText"/>).</summary>
public static class TopicPattern
{
    /// <summary>Whether it ends with the star, and so stands for many topics.</summary>
    public static bool IsPattern(ReadOnlySpan<char> name) => TopicText.IsPattern(name);

    /// <summary>A name or a pattern.</summary>
    public static bool IsValid(ReadOnlySpan<char> name) => TopicText.PatternFault(name) is null;

    /// <inheritdoc cref="TopicText.Takes"/>
    public static bool Fits(ReadOnlySpan<char> pattern, ReadOnlySpan<char> topic) => TopicText.Takes(pattern, topic);

    /// <inheritdoc cref="TopicText.Covers"/>
    public static bool Covers(ReadOnlySpan<char> outer, ReadOnlySpan<char> inner) => TopicText.Covers(outer, inner);

    /// <inheritdoc cref="TopicText.Meet"/>
    public static bool Overlap(ReadOnlySpan<char> one, ReadOnlySpan<char> other) => TopicText.Meet(one, other);
}
