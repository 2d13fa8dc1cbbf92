using System.Text;
using Bascule.Model;

namespace Bascule.Protocol;

/// <summary>Takes a head apart line by line. Only CRLF ends a line; a lone CR or LF is where request smuggling begins (RFC 9112 §11.2).</summary>
internal ref struct HeadLines
{
    private readonly ReadOnlySpan<byte> _window;
    private readonly bool _mayGrow;

    /// <summary>Reads at most <paramref name="maxBytes"/> of the input.</summary>
    internal HeadLines(ReadOnlySpan<byte> input, int maxBytes)
    {
        _mayGrow = input.Length < maxBytes;
        _window = _mayGrow ? input : input[..maxBytes];
    }

    /// <summary>Bytes of the lines taken so far.</summary>
    internal int Consumed { get; private set; }

    internal readonly ReadOnlySpan<byte> Rest => _window[Consumed..];

    /// <summary>False: the end has not come yet, so strings would be made in vain.</summary>
    internal readonly bool IsWhole => _window.IndexOf("\r\n\r\n"u8) >= 0;

    /// <summary>The next line without its CRLF, or why there is none.</summary>
    internal HeadRead Next(out ReadOnlySpan<byte> line)
    {
        line = default;
        var rest = Rest;
        var end = rest.IndexOfAny((byte)'\r', (byte)'\n');
        if (end < 0 || (rest[end] == '\r' && end + 1 == rest.Length))
            return _mayGrow ? HeadRead.NeedMore : HeadRead.TooLarge;
        if (rest[end] == '\n' || rest[end + 1] != '\n')
            return HeadRead.Malformed;
        line = rest[..end];
        Consumed += end + 2;
        return HeadRead.Complete;
    }

    /// <summary>Reads fields up to the empty line; only checks them when <paramref name="headers"/> is null.</summary>
    internal HeadRead Fields(HeaderList? headers)
    {
        while (true)
        {
            var read = Next(out var line);
            if (read != HeadRead.Complete || line.IsEmpty)
                return read;
            var colon = line.IndexOf((byte)':');

            // A name that is no token covers a folded line and a space before the colon too (RFC 9112 §5).
            if (colon < 0 || !HttpSyntax.IsToken(line[..colon]))
                return HeadRead.Malformed;
            var value = line[(colon + 1)..].Trim(" \t"u8);
            if (!HttpSyntax.IsValue(value))
                return HeadRead.Malformed;

            // Latin-1 keeps every byte, so a value that passes through is not changed.
            headers?.Add(KnownNames.Field(line[..colon]), Encoding.Latin1.GetString(value));
        }
    }
}
