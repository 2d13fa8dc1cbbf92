using System.Buffers;
using System.Text;

namespace Bascule.Relay;

/// <summary>Writes the lines of a head. What it writes cannot hold a line break that the caller did not ask for.</summary>
internal sealed class HeadWriter
{
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private readonly ArrayBufferWriter<byte> _bytes = new(1024);

    internal ReadOnlyMemory<byte> Written => _bytes.WrittenMemory;

    /// <exception cref="ArgumentException">A part could be read as something else than what it is.</exception>
    internal void RequestLine(string method, string pathAndQuery)
    {
        if (!IsToken(method))
            throw new ArgumentException($"The method of {method.Length} characters is not a token (RFC 9110 §5.6.2).", nameof(method));
        if (pathAndQuery is not ['/', ..] and not "*" || pathAndQuery.AsSpan().ContainsAnyExceptInRange('!', '~'))
            throw new ArgumentException("The path must start with / and be percent-encoded ASCII without spaces.", nameof(pathAndQuery));
        Text(method);
        Text(" ");
        Text(pathAndQuery);
        Text(" HTTP/1.1\r\n");
    }

    /// <exception cref="ArgumentException">The name is not a token, or the value holds a control character or one that is not Latin-1.</exception>
    internal void Field(string name, string value)
    {
        if (!IsToken(name))
            throw new ArgumentException("The name of a header is not a token (RFC 9110 §5.6.2).", nameof(name));
        if (!IsValue(value))
            throw new ArgumentException($"The value of {name} holds a control character, or one that is not Latin-1.", nameof(value));
        Text(name);
        Text(": ");
        Text(value);
        Text("\r\n");
    }

    internal void LastChunk() => Text("0\r\n");

    internal void End() => Text("\r\n");

    internal static bool IsToken(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExcept(TokenCharacters);

    /// <summary>Tab, and all of Latin-1 that is no control character of ASCII (RFC 9110 §5.5).</summary>
    internal static bool IsValue(ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            if (character is (< ' ' and not '\t') or '\x7f' or > '\xff')
                return false;
        }

        return true;
    }

    private void Text(string text) => Encoding.Latin1.GetBytes(text, _bytes);
}
