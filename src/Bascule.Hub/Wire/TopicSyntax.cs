using System.Buffers;

namespace Bascule.Hub;

/// <summary>What a topic may be called.</summary>
public static class TopicSyntax
{
    public const int MaxLength = 200;

    public const string Rule = "A topic has 1 to 200 characters of A-Z a-z 0-9 . _ : / @ + ~ -; a pattern ends with one *.";

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/@+~-");

    public static bool IsTopic(ReadOnlySpan<char> name) => name.Length is >= 1 and <= MaxLength && !name.ContainsAnyExcept(Allowed);

    public static bool IsPattern(ReadOnlySpan<char> name) =>
        name.Length is >= 1 and <= MaxLength && name[^1] == '*' && !name[..^1].ContainsAnyExcept(Allowed);

    public static bool IsTopicOrPattern(ReadOnlySpan<char> name) => IsTopic(name) || IsPattern(name);
}
