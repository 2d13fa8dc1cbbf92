using System.Collections.Concurrent;
using Bascule.Model;

namespace Bascule.Admission;

/// <summary>The revocations that hold now: asked after every token and every ticket, told by operators and by the other gateways.</summary>
public sealed class RevocationList(TimeProvider time)
{
    /// <summary>The most that are kept: 20 MB or so. Who revokes more at once should change the key of the issuer.</summary>
    public const int Capacity = 100_000;

    /// <summary>How long one is kept when nobody says: longer than access tokens are made to live.</summary>
    public static readonly TimeSpan DefaultLife = TimeSpan.FromHours(24);

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<Key, Revocation> _entries = new();

    /// <summary>All that hold now.</summary>
    public IReadOnlyList<Revocation> All
    {
        get
        {
            var now = time.GetUtcNow();
            return [.. _entries.Values.Where(r => r.Until > now)];
        }
    }

    /// <summary>A revocation from now on; it holds here once it was added.</summary>
    /// <param name="until">When the last of these tokens expires; null: after <see cref="DefaultLife"/>.</param>
    public Revocation Make(RevocationKind kind, string value, string? issuer = null, DateTimeOffset? until = null)
    {
        var now = time.GetUtcNow();
        return new Revocation(kind, value, issuer, now, until ?? now + DefaultLife);
    }

    /// <summary>Adds one that was made here or on another gateway. The same one twice changes nothing; of two about the same, the wider counts.</summary>
    /// <param name="fault">When false: why it does not hold, one sentence.</param>
    public bool TryAdd(Revocation revocation, out string? fault)
    {
        fault = null;
        var now = time.GetUtcNow();
        if (revocation.Until <= now)
        {
            fault = $"The revocation ended at {Evidence.Instant(revocation.Until)}, which is over.";
            return false;
        }

        var key = new Key(revocation.Kind, revocation.Value, revocation.Issuer);
        lock (_gate)
        {
            if (_entries.TryGetValue(key, out var before))
                revocation = Wider(before, revocation);
            else if (_entries.Count >= Capacity && !TryMakeRoom(now))
            {
                fault = $"{Capacity} revocations hold already, which is the most; the first of them ends at {Evidence.Instant(_entries.Values.Min(r => r.Until))}. "
                    + "To revoke more at once, change the key of the issuer.";
                return false;
            }

            _entries[key] = revocation;
            return true;
        }
    }

    /// <returns>Null, or <c>revoked_token</c> with what was revoked and when.</returns>
    public Ending? Check(Identity identity)
    {
        var revocation = Find(RevocationKind.Token, identity.TokenId, identity)
            ?? Find(RevocationKind.Subject, identity.Subject, identity)
            ?? Find(RevocationKind.Session, identity.SessionId, identity);
        return revocation is null ? null : new Ending(EndReasons.RevokedToken, revocation.Words(identity));
    }

    private Revocation? Find(RevocationKind kind, string? value, Identity identity) =>
        value is null ? null : Holding(new Key(kind, value, null), identity) ?? (identity.Issuer is null ? null : Holding(new Key(kind, value, identity.Issuer), identity));

    private Revocation? Holding(Key key, Identity identity) =>
        _entries.TryGetValue(key, out var revocation) && revocation.Until > time.GetUtcNow() && revocation.Matches(identity) ? revocation : null;

    private bool TryMakeRoom(DateTimeOffset now)
    {
        foreach (var (key, revocation) in _entries)
        {
            if (revocation.Until <= now)
                _entries.TryRemove(key, out _);
        }

        return _entries.Count < Capacity;
    }

    private static Revocation Wider(Revocation a, Revocation b) => a with
    {
        RevokedAt = a.RevokedAt > b.RevokedAt ? a.RevokedAt : b.RevokedAt,
        Until = a.Until > b.Until ? a.Until : b.Until,
    };

    private readonly record struct Key(RevocationKind Kind, string Value, string? Issuer);
}
