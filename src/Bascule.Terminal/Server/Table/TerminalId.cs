using System.Buffers;

namespace Bascule.Terminal;

/// <summary>Names of terminals: fit for a path, a file and the environment.</summary>
public static class TerminalId
{
    // The longest label of DNS (RFC 1035) and one: the name of a pod, or 32 hexadecimal digits.
    private const int Longest = 64;

    private static readonly SearchValues<char> Characters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    public static bool IsValid(string id) => id.Length is > 0 and <= Longest && !id.AsSpan().ContainsAnyExcept(Characters);
}
