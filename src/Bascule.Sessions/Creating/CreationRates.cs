namespace Bascule.Sessions;

/// <summary>How fast each user creates sessions here: so many at once, then one in each interval.</summary>
internal sealed class CreationRates(TimeProvider time)
{
    // Users that are remembered. Beyond, those who were quiet longest are forgotten: they may create a burst anew.
    private const int MostUsers = 10_000;

    private readonly Lock _gate = new();

    // The moment at which a user has used up nothing any more.
    private readonly Dictionary<(string? Tenant, string? User), DateTimeOffset> _fullAt = [];

    /// <returns>Null: he may, and it is counted. Else the time after which he may.</returns>
    internal TimeSpan? Take(SessionCaller caller, SessionRules rules)
    {
        if (rules.CreationInterval <= TimeSpan.Zero)
            return null;
        var now = time.GetUtcNow();
        var key = (caller.Tenant, caller.User);
        lock (_gate)
        {
            if (!_fullAt.TryGetValue(key, out var fullAt) || fullAt < now)
                fullAt = now;
            var wait = fullAt + rules.CreationInterval - (rules.CreationInterval * rules.CreationBurst) - now;
            if (wait > TimeSpan.Zero)
                return wait;
            _fullAt[key] = fullAt + rules.CreationInterval;
            if (_fullAt.Count > MostUsers)
                Forget(now);
            return null;
        }
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var (key, _) in _fullAt.Where(pair => pair.Value <= now).ToList())
            _fullAt.Remove(key);
        foreach (var (key, _) in _fullAt.OrderBy(pair => pair.Value).Take(_fullAt.Count - MostUsers).ToList())
            _fullAt.Remove(key);
    }
}
