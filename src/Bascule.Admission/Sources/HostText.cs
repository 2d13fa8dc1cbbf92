using System.Buffers;
using System.Globalization;

namespace Bascule.Admission;

/// <summary>Takes <c>HOST</c>, <c>HOST:PORT</c> and <c>[IPv6]:PORT</c> apart.</summary>
internal static class HostText
{
    // RFC 1035 §2.3.4: a name has at most 255 bytes.
    private const int LongestName = 255;

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");

    /// <param name="name">Without port, brackets kept.</param>
    /// <param name="port">Null when none is written.</param>
    internal static bool TryRead(ReadOnlySpan<char> text, out ReadOnlySpan<char> name, out int? port)
    {
        port = null;
        name = text;
        var bracket = text.IndexOf(']');
        var colon = text[(bracket + 1)..].IndexOf(':');
        if (colon >= 0)
        {
            name = text[..(bracket + 1 + colon)];
            if (!TryPort(text[(name.Length + 1)..], out var number))
                return false;
            port = number;
        }

        if (name.Length is 0 or > LongestName)
            return false;
        return name[0] == '['
            ? name.Length > 3 && name[^1] == ']' && !name[1..^1].ContainsAnyExcept(NetworkText.SixCharacters)
            : !name.ContainsAnyExcept(NameCharacters);
    }

    internal static bool TryPort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65535;

    /// <summary>0 for schemes that have no port of their own.</summary>
    internal static int DefaultPort(ReadOnlySpan<char> scheme) => scheme switch
    {
        "http" or "ws" => 80,
        "https" or "wss" => 443,
        _ => 0,
    };
}
