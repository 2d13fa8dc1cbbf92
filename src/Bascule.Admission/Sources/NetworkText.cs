using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Bascule.Admission;

/// <summary>Reads addresses and networks strictly: nothing that two readers could understand differently.</summary>
internal static class NetworkText
{
    internal static readonly SearchValues<char> SixCharacters = SearchValues.Create("0123456789abcdefABCDEF:.");

    private static readonly SearchValues<char> FourCharacters = SearchValues.Create("0123456789.");

    /// <summary>An address alone. The framework would also read <c>1</c>, <c>0x7f.1</c>, <c>010.0.0.1</c> (octal) and <c>fe80::1%eth0</c>.</summary>
    internal static bool TryAddress(ReadOnlySpan<char> text, out IPAddress address)
    {
        address = IPAddress.None;
        var isSix = text.Contains(':');
        if (isSix ? text.ContainsAnyExcept(SixCharacters) : !IsFour(text))
            return false;
        if (!IPAddress.TryParse(text, out var parsed))
            return false;
        address = Normal(parsed);
        return true;
    }

    /// <summary>IPv4 that came in the clothes of IPv6 is IPv4; a scope of a link says nothing about who it is.</summary>
    internal static IPAddress Normal(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        return address is { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 } ? new IPAddress(address.GetAddressBytes()) : address;
    }

    /// <summary><c>10.0.0.0/8</c> or a single address. Bits behind the prefix do not count.</summary>
    internal static bool TryNetwork(string text, out IPNetwork network)
    {
        network = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var written = slash < 0 ? text : text[..slash];
        if (!TryAddress(written, out var address))
            return false;
        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var prefix = bits;
        if (slash >= 0 && !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out prefix))
            return false;

        // ::ffff:10.0.0.0/104 is 10.0.0.0/8.
        if (slash >= 0 && bits == 32 && written.Contains(':', StringComparison.Ordinal))
            prefix -= 96;
        if (prefix < 0 || prefix > bits)
            return false;
        network = new IPNetwork(First(address, prefix), prefix);
        return true;
    }

    /// <summary>The first address of the network.</summary>
    internal static IPAddress First(IPAddress address, int prefix)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var kept = Math.Clamp(prefix - (8 * i), 0, 8);
            bytes[i] &= (byte)(0xFF << (8 - kept));
        }

        return new IPAddress(bytes);
    }

    private static bool IsFour(ReadOnlySpan<char> text)
    {
        if (text.Count('.') != 3 || text.ContainsAnyExcept(FourCharacters))
            return false;
        foreach (var part in text.Split('.'))
        {
            var digits = text[part];
            if (digits.Length > 1 && digits[0] == '0')
                return false;
        }

        return true;
    }
}
