using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Bascule.Settings;

/// <summary>Where a listener binds.</summary>
/// <param name="IsTls">Whether the URL says https.</param>
/// <param name="Address">An IP address; <c>localhost</c> is the IPv4 loopback.</param>
/// <param name="Port">0 takes a free port.</param>
public sealed record ListenAddress(bool IsTls, IPAddress Address, int Port)
{
    public bool IsLoopback => IPAddress.IsLoopback(Address);

    /// <summary>Reads <c>http://ADDRESS:PORT</c>; ADDRESS is an IP address or <c>localhost</c>, and nothing follows the port.</summary>
    public static bool TryParse(string url, [NotNullWhen(true)] out ListenAddress? listen)
    {
        listen = null;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
            return false;
        if (uri.PathAndQuery != "/" || uri.Fragment.Length > 0 || uri.UserInfo.Length > 0)
            return false;
        var address = uri.Host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(uri.Host.Trim('[', ']'), out var parsed) ? parsed : null;
        if (address is null)
            return false;
        listen = new ListenAddress(uri.Scheme == Uri.UriSchemeHttps, address, uri.Port);
        return true;
    }

    /// <summary>Whether the system would refuse the second of the two: the same port on the same address, or on one that includes the other.</summary>
    internal bool ClashesWith(ListenAddress other) => Port == other.Port && Port != 0 && (Address.Equals(other.Address) || Includes(other) || other.Includes(this));

    // Kestrel opens [::] for IPv4 too.
    private bool Includes(ListenAddress other) => Address.Equals(IPAddress.IPv6Any) || (Address.Equals(IPAddress.Any) && other.Address.AddressFamily == Address.AddressFamily);
}
