using System.Buffers;
using Bascule.Model;

namespace Bascule.Protocol;

/// <summary>The character sets of RFC 9110 §5.6 and the lists of §5.6.1, for all that is read and written here.</summary>
public static class HttpSyntax
{
    private const string TokenCharacters = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly SearchValues<byte> TokenBytes = SearchValues.Create([.. TokenCharacters.Select(c => (byte)c)]);
    private static readonly SearchValues<char> TokenChars = SearchValues.Create(TokenCharacters);
    private static readonly SearchValues<byte> ValueBytes = SearchValues.Create([.. Enumerable.Range(0, 256).Where(IsValue).Select(c => (byte)c)]);
    private static readonly SearchValues<char> ValueChars = SearchValues.Create([.. Enumerable.Range(0, 256).Where(IsValue).Select(c => (char)c)]);
    private static readonly SearchValues<byte> VisibleBytes = SearchValues.Create([.. Enumerable.Range(0x21, 0x5E).Select(c => (byte)c)]);
    private static readonly SearchValues<char> VisibleChars = SearchValues.Create([.. Enumerable.Range(0x21, 0x5E).Select(c => (char)c)]);

    /// <summary>A name of a field, a method, a subprotocol: at least one character, no space, no separator.</summary>
    public static bool IsToken(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExcept(TokenChars);

    /// <inheritdoc cref="IsToken(ReadOnlySpan{char})"/>
    public static bool IsToken(ReadOnlySpan<byte> text) => !text.IsEmpty && !text.ContainsAnyExcept(TokenBytes);

    /// <summary>A value of a field: no control character but the tab, nothing above one byte. May be empty.</summary>
    public static bool IsValue(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(ValueChars);

    /// <inheritdoc cref="IsValue(ReadOnlySpan{char})"/>
    public static bool IsValue(ReadOnlySpan<byte> text) => !text.ContainsAnyExcept(ValueBytes);

    /// <summary>Whether a list field names the token, in any case, in any of its lines.</summary>
    public static bool Names(HeaderList headers, string field, string token)
    {
        foreach (var (name, value) in headers)
        {
            if (!name.Equals(field, StringComparison.OrdinalIgnoreCase))
                continue;
            foreach (var part in value.AsSpan().Split(','))
            {
                if (value.AsSpan(part).Trim(" \t").Equals(token, StringComparison.OrdinalIgnoreCase))
                    return true;
            }
        }

        return false;
    }

    internal static bool IsVisible(ReadOnlySpan<byte> text) => !text.IsEmpty && !text.ContainsAnyExcept(VisibleBytes);

    internal static bool IsVisible(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExcept(VisibleChars);

    private static bool IsValue(int character) => character is '\t' or (>= ' ' and not 0x7F);
}
