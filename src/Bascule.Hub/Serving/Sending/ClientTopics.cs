namespace Bascule.Hub;

/// <summary>What one connection has subscribed. Most have one topic, for which no table is made.</summary>
internal sealed class ClientTopics
{
    private readonly Lock _gate = new();
    private ClientSubscription? _only;
    private Dictionary<string, ClientSubscription>? _all;

    internal int Count
    {
        get
        {
            lock (_gate)
                return _all?.Count ?? (_only is null ? 0 : 1);
        }
    }

    internal ClientSubscription? Find(string name)
    {
        lock (_gate)
        {
            if (_all is not null)
                return _all.GetValueOrDefault(name);
            return _only?.Name == name ? _only : null;
        }
    }

    internal void Add(ClientSubscription subscription)
    {
        lock (_gate)
        {
            if (_all is null && _only is null)
            {
                _only = subscription;
                return;
            }

            _all ??= new Dictionary<string, ClientSubscription>(StringComparer.Ordinal) { [_only!.Name] = _only };
            _only = null;
            _all.Add(subscription.Name, subscription);
        }
    }

    internal void Remove(ClientSubscription subscription)
    {
        lock (_gate)
        {
            if (_only == subscription)
                _only = null;
            _all?.Remove(subscription.Name);
        }
    }

    internal ClientSubscription[] All()
    {
        lock (_gate)
            return _all is not null ? [.. _all.Values] : _only is not null ? [_only] : [];
    }

    internal (long Bytes, long Messages) Lag()
    {
        long bytes = 0;
        long messages = 0;
        foreach (var one in All())
        {
            bytes += one.Subscription.LagBytes;
            messages += one.Subscription.LagMessages;
        }

        return (bytes, messages);
    }
}
