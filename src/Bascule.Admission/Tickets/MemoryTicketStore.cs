namespace Bascule.Admission;

/// <summary>Tickets of this gateway alone, bounded.</summary>
/// <param name="capacity"><c>auth.tickets.outstanding</c>.</param>
public sealed class MemoryTicketStore(int capacity, TimeProvider time) : ITicketStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _oldestFirst = [];
    private readonly Dictionary<string, LinkedList<Entry>> _owners = new(StringComparer.Ordinal);

    /// <summary>Tickets that are kept now, those included whose end nobody has noticed yet.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _entries.Count;
        }
    }

    public ValueTask PutAsync(string hash, string payload, string owner, TimeSpan life, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            while (_oldestFirst.First is { Value: var oldest } && oldest.Until <= now)
                Remove(oldest);
            if (_entries.GetValueOrDefault(hash) is { } same)
                Remove(same);
            if (_entries.Count >= capacity)
                Remove(_owners.GetValueOrDefault(owner)?.First?.Value ?? _oldestFirst.First!.Value);
            Add(new Entry(hash, payload, owner, now + life));
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<string?> TakeAsync(string hash, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            if (!_entries.TryGetValue(hash, out var entry))
                return ValueTask.FromResult<string?>(null);
            Remove(entry);
            return ValueTask.FromResult(entry.Until > now ? entry.Payload : null);
        }
    }

    private void Add(Entry entry)
    {
        _entries.Add(entry.Hash, entry);
        entry.InAll = _oldestFirst.AddLast(entry);
        if (!_owners.TryGetValue(entry.Owner, out var own))
            _owners.Add(entry.Owner, own = []);
        entry.InOwn = own.AddLast(entry);
    }

    private void Remove(Entry entry)
    {
        _entries.Remove(entry.Hash);
        _oldestFirst.Remove(entry.InAll!);
        var own = _owners[entry.Owner];
        own.Remove(entry.InOwn!);
        if (own.Count == 0)
            _owners.Remove(entry.Owner);
    }

    private sealed record Entry(string Hash, string Payload, string Owner, DateTimeOffset Until)
    {
        internal LinkedListNode<Entry>? InAll { get; set; }

        internal LinkedListNode<Entry>? InOwn { get; set; }
    }
}
