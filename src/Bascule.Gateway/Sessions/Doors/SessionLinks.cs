using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Bascule.Gateway;

/// <summary>What a good link allows.</summary>
/// <param name="Expires">When it ends, and who came by it must go.</param>
public sealed record SessionLink(string Role, DateTimeOffset Expires);

/// <summary>Links by which others look at a session: signed, for that session alone, until they expire, as often as they like. <c>ROLE.SECONDS.SIGNATURE</c></summary>
public sealed class SessionLinks(SessionKeys keys, TimeProvider time)
{
    /// <summary>Where a link stands in the address.</summary>
    public const string Parameter = "link";

    /// <summary>The longest that one may be good: a session lives no longer by default.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    private const int Parts = 3;

    public string Make(string session, SessionLink link)
    {
        var seconds = link.Expires.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"{link.Role}.{seconds}.{Sign(session, link.Role, seconds)}";
    }

    /// <returns>Null, with the fault, when it is not for this session, was changed, or is over.</returns>
    public SessionLink? Open(string session, string text, out string fault)
    {
        fault = "it was made for another session, or changed";
        if (text.Split('.') is not { Length: Parts } parts || parts[0] != TerminalTerms.Read)
            return null;
        if (!CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Sign(session, parts[0], parts[1])), Encoding.UTF8.GetBytes(parts[2])))
            return null;
        var expires = DateTimeOffset.FromUnixTimeSeconds(long.Parse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture));
        fault = $"it was good until {expires:u}";
        return expires > time.GetUtcNow() ? new SessionLink(parts[0], expires) : null;
    }

    private string Sign(string session, string role, string seconds) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(keys.OfLinks(session), Encoding.UTF8.GetBytes($"{role}.{seconds}")));
}
