namespace Bascule.Hub;

/// <summary>Whom to tell once the lock of the shard is free.</summary>
internal sealed class Wakes
{
    private List<Chain> _touched = [];
    private List<Subscription> _tooSlow = [];

    /// <summary>Under the lock.</summary>
    internal void Touch(Chain chain)
    {
        if (chain.IsTouched)
            return;
        chain.IsTouched = true;
        _touched.Add(chain);
    }

    /// <summary>Under the lock. Told in any case: it does not read, and is to be closed.</summary>
    internal void Add(Subscription tooSlow) => _tooSlow.Add(tooSlow);

    /// <summary>Under the lock: takes what is to be done.</summary>
    internal Due Take()
    {
        if (_touched.Count == 0 && _tooSlow.Count == 0)
            return default;
        foreach (var chain in _touched)
            chain.IsTouched = false;
        var due = new Due(_touched, _tooSlow);
        _touched = [];
        _tooSlow = [];
        return due;
    }

    /// <summary>Without the lock, <see cref="Tell"/> it.</summary>
    internal readonly record struct Due(List<Chain>? Touched, List<Subscription>? TooSlow)
    {
        internal void Tell()
        {
            foreach (var chain in Touched ?? [])
                chain.Waiters.WakeAll();
            foreach (var subscription in TooSlow ?? [])
                subscription.WakeInAnyCase();
        }
    }
}
