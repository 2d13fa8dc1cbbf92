using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Bascule.Model;

namespace Bascule.Admission;

/// <summary>The names under which users and addresses are counted. They are the same on every gateway and in every version.</summary>
public static class LimitKeys
{
    // Short enough for any store, long enough for most issuers and subjects to stay readable.
    private const int LongestUser = 120;

    private const int SixPrefix = 64;

    /// <summary><c>user:ISSUER|SUBJECT</c>, each percent-encoded; when that is long, <c>user:#HASH</c>.</summary>
    public static string User(Identity identity)
    {
        var name = $"{Encoded(identity.Issuer ?? "")}|{Encoded(identity.Subject)}";
        return name.Length <= LongestUser ? $"user:{name}" : $"user:#{Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(name)))}";
    }

    /// <summary><c>address:192.0.2.7</c>; of IPv6 the first 64 bits, which are one household or machine: <c>address:2001:db8::/64</c>.</summary>
    public static string Address(IPAddress address) => $"address:{AddressText(address)}";

    internal static string AddressText(IPAddress address)
    {
        var normal = NetworkText.Normal(address);
        return normal.AddressFamily == AddressFamily.InterNetworkV6 ? $"{NetworkText.First(normal, SixPrefix)}/{SixPrefix}" : normal.ToString();
    }

    // Half a surrogate pair cannot be encoded: it becomes U+FFFD, which is enough to count by.
    private static string Encoded(string text) => Uri.EscapeDataString(text);
}
