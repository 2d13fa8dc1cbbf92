using System.Net;

namespace Bascule.Admission;

/// <summary>What a proxy says about whom it got a request from.</summary>
internal enum NodeKind
{
    Address,

    /// <summary>It hides or does not know the address: <c>unknown</c>, <c>_name</c> (RFC 7239 §6.2, §6.3).</summary>
    Hidden,
    Malformed,
}

/// <summary>Reads the name of a node in <c>Forwarded</c> and <c>X-Forwarded-For</c>: an address, perhaps with a port.</summary>
internal static class ForwardedNode
{
    /// <param name="bareSix">Whether IPv6 may stand without brackets, as X-Forwarded-For writes it.</param>
    internal static NodeKind Read(ReadOnlySpan<char> text, bool bareSix, out IPAddress address)
    {
        address = IPAddress.None;
        if (text.Equals("unknown", StringComparison.OrdinalIgnoreCase) || text.StartsWith('_'))
            return NodeKind.Hidden;
        if (bareSix && text.Count(':') > 1 && !text.StartsWith('['))
            return NetworkText.TryAddress(text, out address) ? NodeKind.Address : NodeKind.Malformed;

        // Port of the client: a number, or an obfuscated one (RFC 7239 §6.1). Nobody needs it here.
        var bracket = text.IndexOf(']');
        var name = text;
        var colon = text[(bracket + 1)..].IndexOf(':');
        if (colon >= 0)
        {
            name = text[..(bracket + 1 + colon)];
            var port = text[(name.Length + 1)..];
            if (port.IsEmpty || (!port.StartsWith('_') && (port.Length > 5 || port.ContainsAnyExceptInRange('0', '9'))))
                return NodeKind.Malformed;
        }

        var isSix = name.Length > 2 && name[0] == '[' && name[^1] == ']';
        var bare = isSix ? name[1..^1] : name;
        return isSix == bare.Contains(':') && NetworkText.TryAddress(bare, out address) ? NodeKind.Address : NodeKind.Malformed;
    }
}
