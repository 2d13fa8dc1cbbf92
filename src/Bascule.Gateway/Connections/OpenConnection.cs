using Bascule.Backends;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>One open connection, as operators and policies see it.</summary>
/// <param name="attempt">What the journal knows of it, its live counts too.</param>
/// <param name="node">Null for the probe, which has no back end.</param>
public sealed class OpenConnection(Attempt attempt, Route route, Node? node, Identity? identity, Generation rules, ILiveConnection live)
{
    private volatile Identity? _identity = identity;
    private int _told;

    public Attempt Attempt => attempt;

    public Route Route => route;

    public Node? Node => node;

    /// <summary>By the token of its handshake, or the one that renewed it last.</summary>
    public Identity? Identity => _identity;

    /// <summary>The configuration that it began with.</summary>
    public Generation Rules => rules;

    /// <summary>It was asked to leave, and is on its way out.</summary>
    public bool Told => Volatile.Read(ref _told) == 1;

    /// <summary>When its token ends it; null: never.</summary>
    public DateTimeOffset? ExpiresAt => live.ExpiresAt;

    /// <summary>Asks it to leave, once: false when it was asked before.</summary>
    public bool TryTell(Ending ending, TimeSpan comeBackIn)
    {
        if (!TryMark())
            return false;
        live.End(ending, comeBackIn);
        return true;
    }

    /// <summary>Closes it with an operator's own code and words.</summary>
    public bool TryClose(Ending ending, int code, string words)
    {
        if (!TryMark())
            return false;
        live.EndWith(ending, code, words);
        return true;
    }

    /// <summary>A new token of the same user takes the place of the old one.</summary>
    /// <returns>False when the new one is over already, or the connection is ending.</returns>
    internal bool Renew(Identity renewed)
    {
        if (!live.Renew(renewed, ExpiryOf(renewed, rules.Settings)))
            return false;
        _identity = renewed;
        return true;
    }

    /// <summary>As late as the token would still have been taken at the door.</summary>
    internal static DateTimeOffset? ExpiryOf(Identity? identity, BasculeSettings settings) =>
        settings.Auth.OnExpiry == TokenExpiry.Close && identity?.ExpiresAt is { } expiry ? expiry + (settings.Auth.Jwt?.ClockSkew ?? TimeSpan.Zero) : null;

    private bool TryMark() => Interlocked.Exchange(ref _told, 1) == 0;
}
