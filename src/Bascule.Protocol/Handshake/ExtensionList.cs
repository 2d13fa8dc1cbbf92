using System.Buffers;
using System.Text;

namespace Bascule.Protocol;

/// <summary>One extension with its parameters in their order; a parameter without value has null.</summary>
public sealed record ExtensionOffer(string Name, IReadOnlyList<KeyValuePair<string, string?>> Parameters);

/// <summary>Reads the value of Sec-WebSocket-Extensions (RFC 6455 §9.1).</summary>
public static class ExtensionList
{
    /// <summary>Reads all extensions of the list. Empty elements between commas are skipped (RFC 9110 §5.6.1), but one extension must be there.</summary>
    public static bool TryParse(string text, out IReadOnlyList<ExtensionOffer> list)
    {
        var extensions = new List<ExtensionOffer>();
        list = [];
        var cursor = new ExtensionCursor(text);
        while (!cursor.AtEnd)
        {
            if (cursor.Take(','))
                continue;
            if (!cursor.TryExtension(out var extension) || !(cursor.Take(',') || cursor.AtEnd))
                return false;
            extensions.Add(extension);
        }

        list = extensions;
        return extensions.Count > 0;
    }
}

/// <summary>A place in the text, always past white space.</summary>
internal ref struct ExtensionCursor
{
    private static readonly SearchValues<char> TokenEnds = SearchValues.Create(" \t,;=\"");

    private ReadOnlySpan<char> _rest;

    internal ExtensionCursor(ReadOnlySpan<char> text) => _rest = text.Trim(" \t");

    internal readonly bool AtEnd => _rest.IsEmpty;

    internal bool Take(char separator)
    {
        if (_rest.IsEmpty || _rest[0] != separator)
            return false;
        _rest = _rest[1..].TrimStart(" \t");
        return true;
    }

    internal bool TryExtension(out ExtensionOffer extension)
    {
        var parameters = new List<KeyValuePair<string, string?>>();
        var good = TryToken(out var name);
        while (good && Take(';'))
        {
            string? value = null;
            good = TryToken(out var parameter) && (!Take('=') || TryValue(out value));
            parameters.Add(new(parameter, value));
        }

        extension = new ExtensionOffer(name, parameters);
        return good;
    }

    private bool TryToken(out string token)
    {
        var end = _rest.IndexOfAny(TokenEnds);
        var text = end < 0 ? _rest : _rest[..end];
        token = text.ToString();
        _rest = _rest[text.Length..].TrimStart(" \t");
        return HttpSyntax.IsToken(token);
    }

    // A quoted value must be a token once its quotes and backslashes are gone (RFC 6455 §9.1).
    private bool TryValue(out string? value)
    {
        if (_rest.IsEmpty || _rest[0] != '"')
            return TryToken(out value!);
        var unquoted = new StringBuilder();
        for (var i = 1; i < _rest.Length; i++)
        {
            if (_rest[i] == '"')
            {
                _rest = _rest[(i + 1)..].TrimStart(" \t");
                value = unquoted.ToString();
                return HttpSyntax.IsToken(value);
            }

            if (_rest[i] == '\\' && i + 1 < _rest.Length)
                i++;
            unquoted.Append(_rest[i]);
        }

        value = null;
        return false;
    }
}
