using System.Collections.Frozen;

namespace Bascule.Relay;

/// <summary>Which fields belong to one connection and are never passed on (RFC 9110 §7.6.1).</summary>
internal sealed class HopByHop
{
    private static readonly FrozenSet<string> Always = FrozenSet.ToFrozenSet(
        ["Connection", "Keep-Alive", "Transfer-Encoding", "TE", "Upgrade", "HTTP2-Settings", "Proxy"], StringComparer.OrdinalIgnoreCase);

    // Fields that change how a message is read or who sent it must not arrive after its body (RFC 9110 §6.5.1).
    private static readonly FrozenSet<string> NeverInTrailers = FrozenSet.ToFrozenSet(
        ["Content-Length", "Content-Encoding", "Content-Type", "Content-Range", "Trailer", "Host", "Expect", "Authorization", "Cookie", "Set-Cookie", "Cache-Control",
            "Max-Forwards", "Location", "Vary"],
        StringComparer.OrdinalIgnoreCase);

    private readonly HashSet<string> _listed = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="connection">The values of the Connection field: each names more fields of this connection.</param>
    internal HopByHop(IEnumerable<string?> connection)
    {
        foreach (var value in connection)
        {
            foreach (var name in (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                _listed.Add(name);
        }

        // Whoever lists these wants to hide the end of the message, not a field of the connection.
        _listed.ExceptWith(["Host", "Content-Length"]);
    }

    /// <summary>Whether Connection listed this token: <c>close</c>, <c>keep-alive</c>, or the name of a field.</summary>
    internal bool Lists(string token) => _listed.Contains(token);

    /// <summary>Proxy-Connection, Proxy-Authorization and their like are for us alone; so is <c>Proxy</c>, which CGI programs mistake for a setting (httpoxy).</summary>
    internal bool Contains(string name) =>
        Always.Contains(name) || _listed.Contains(name) || name.StartsWith("Proxy-", StringComparison.OrdinalIgnoreCase);

    internal bool ContainsTrailer(string name) => Contains(name) || NeverInTrailers.Contains(name);
}
