namespace Bascule.Admission;

/// <summary>A list of a header field, taken from its right end: what the nearest proxy wrote stands there.</summary>
/// <remarks>Reading from the right, nothing that a client wrote on the left, an open quote for example, can hide what a proxy added behind it.</remarks>
internal ref struct RightList(ReadOnlySpan<char> field)
{
    private ReadOnlySpan<char> _rest = field;

    /// <summary>The last element that is left, without spaces around it; empty ones are passed over (RFC 9110 §5.6.1).</summary>
    internal bool TryTake(out ReadOnlySpan<char> element)
    {
        element = default;
        while (element.IsEmpty)
        {
            if (_rest.IsEmpty)
                return false;
            var comma = LastComma();
            element = _rest[(comma + 1)..].Trim(" \t");
            _rest = comma < 0 ? default : _rest[..comma];
        }

        return true;
    }

    /// <summary>The last comma outside of quotes, or -1.</summary>
    private readonly int LastComma()
    {
        var isQuoted = false;
        for (var at = _rest.Length - 1; at >= 0; at--)
        {
            if (_rest[at] == ',' && !isQuoted)
                return at;

            // From the right: inside of quotes, only a quote without a backslash before it is the opening one.
            if (_rest[at] == '"' && (!isQuoted || !IsEscaped(at)))
                isQuoted = !isQuoted;
        }

        return -1;
    }

    private readonly bool IsEscaped(int at)
    {
        var start = at;
        while (start > 0 && _rest[start - 1] == '\\')
            start--;
        return (at - start) % 2 == 1;
    }
}

/// <summary>One element of <c>Forwarded</c> (RFC 7239 §4): what one proxy says. Slices of the field.</summary>
internal ref struct ForwardedElement
{
    private const string TokenCharacters = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly System.Buffers.SearchValues<char> Token = System.Buffers.SearchValues.Create(TokenCharacters);

    /// <summary>Empty when not there, as are the others.</summary>
    internal ReadOnlySpan<char> For { get; private set; }

    internal ReadOnlySpan<char> Proto { get; private set; }

    internal ReadOnlySpan<char> Host { get; private set; }

    /// <summary>False when the element breaks the syntax, or names a parameter twice, which RFC 7239 §4 forbids.</summary>
    internal static bool TryRead(ReadOnlySpan<char> text, out ForwardedElement element)
    {
        element = default;
        while (true)
        {
            text = text.TrimStart(" \t");
            var equals = text.IndexOf('=');
            if (equals <= 0 || text[..equals].ContainsAnyExcept(Token))
                return false;
            var name = text[..equals];
            text = text[(equals + 1)..];
            if (!TryValue(ref text, out var value) || !element.TrySet(name, value))
                return false;
            text = text.TrimStart(" \t");
            if (text.IsEmpty)
                return true;
            if (text[0] != ';')
                return false;
            text = text[1..];
        }
    }

    private static bool TryValue(scoped ref ReadOnlySpan<char> text, out ReadOnlySpan<char> value)
    {
        value = default;
        if (text.IsEmpty)
            return false;
        if (text[0] != '"')
        {
            var end = text.IndexOfAnyExcept(Token);
            value = end < 0 ? text : text[..end];
            text = text[value.Length..];
            return !value.IsEmpty;
        }

        for (var at = 1; at < text.Length; at++)
        {
            if (text[at] == '\\')
                at++;
            else if (text[at] == '"')
            {
                // Escapes stay as they are: no address, scheme or host needs one, so such a value fits none of them.
                value = text[1..at];
                text = text[(at + 1)..];
                return true;
            }
        }

        return false;
    }

    private bool TrySet(scoped ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        if (name.Equals("for", StringComparison.OrdinalIgnoreCase))
        {
            var isFirst = For.IsEmpty;
            For = value;
            return isFirst && !value.IsEmpty;
        }

        if (name.Equals("proto", StringComparison.OrdinalIgnoreCase))
        {
            var isFirst = Proto.IsEmpty;
            Proto = value;
            return isFirst && !value.IsEmpty;
        }

        if (name.Equals("host", StringComparison.OrdinalIgnoreCase))
        {
            var isFirst = Host.IsEmpty;
            Host = value;
            return isFirst && !value.IsEmpty;
        }

        return true;
    }
}
