using System.Buffers;

namespace Bascule.Hub;

/// <summary>What a topic may be called: 1 to 200 characters of <c>A-Z a-z 0-9 . _ : / @ + ~ -</c>.</summary>
public static class TopicName
{
    /// <summary>Long enough for paths and ids; short enough to stand in every message.</summary>
    public const int MostCharacters = 200;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/@+~-");

    public static bool IsValid(ReadOnlySpan<char> name) => name.Length is > 0 and <= MostCharacters && !name.ContainsAnyExcept(Allowed);
}
