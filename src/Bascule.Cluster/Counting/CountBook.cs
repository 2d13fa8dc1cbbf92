using System.Runtime.InteropServices;

namespace Bascule.Cluster;

/// <summary>The counts of this gateway, what it last heard of others', and what the store has yet to be told. Not safe for threads: <see cref="ClusterCounts"/> guards it.</summary>
internal sealed class CountBook
{
    /// <summary>Keys that are remembered only because others had them: enough for all users that are near a limit, a megabyte or two.</summary>
    internal const int MostIdle = 10_000;

    private readonly Dictionary<string, CountEntry> _shared = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CountEntry> _own = new(StringComparer.Ordinal);
    private readonly Queue<CountEntry> _changes = new();
    private readonly Queue<CountEntry> _idle = new();

    internal int Leases { get; private set; }

    internal bool HasChanges => _changes.Count > 0;

    internal int CountOf(string key, CountScope scope) => Table(scope).GetValueOrDefault(key)?.Count ?? 0;

    /// <summary>How often the key is taken, as far as this gateway knows.</summary>
    internal int SeenOf(in CountClaim claim) => Table(claim.Scope).GetValueOrDefault(claim.Key) is { } entry ? entry.Count + entry.Others : 0;

    /// <summary>The first of the claims that is full by what this gateway knows; -1 for none.</summary>
    internal int FirstFull(IReadOnlyList<CountClaim> claims, CountScope? only)
    {
        for (var i = 0; i < claims.Count; i++)
        {
            var claim = claims[i];
            if ((only is null || claim.Scope == only) && SeenOf(claim) >= claim.Limit)
                return i;
        }

        return -1;
    }

    /// <summary>Counts one more for each claim of the scope, and puts its entry in its place of <paramref name="entries"/>.</summary>
    internal void Add(IReadOnlyList<CountClaim> claims, CountScope scope, bool tellStore, CountEntry?[] entries)
    {
        for (var i = 0; i < claims.Count; i++)
        {
            if (claims[i].Scope != scope)
                continue;
            var entry = EntryOf(claims[i].Key, scope);
            entry.Count++;
            if (tellStore && scope == CountScope.Cluster)
                Note(entry, 1);
            entries[i] = entry;
        }
    }

    /// <summary>Counts one less for each entry that is there.</summary>
    internal void Remove(CountEntry?[] entries, bool tellStore)
    {
        foreach (var entry in entries)
        {
            if (entry is null)
                continue;
            entry.Count--;
            if (tellStore && entry.Scope == CountScope.Cluster)
                Note(entry, -1);
            ForgetIfUnused(entry);
        }
    }

    internal void LeaseOut() => Leases++;

    internal void LeaseBack() => Leases--;

    /// <summary>Remembers how often others have a key.</summary>
    internal void Saw(string key, int others)
    {
        if (others == 0 && !_shared.ContainsKey(key))
            return;
        var entry = EntryOf(key, CountScope.Cluster);
        entry.Others = others;
        ForgetIfUnused(entry);
    }

    /// <summary>All shared counts as they are. From here on changes are noted beside them.</summary>
    internal List<KeyValuePair<string, int>> Snapshot()
    {
        DropChanges();
        return [.. _shared.Values.Where(entry => entry.Count > 0).Select(entry => KeyValuePair.Create(entry.Key, entry.Count))];
    }

    /// <summary>Takes out what the store has yet to be told, at most so many keys.</summary>
    internal Dictionary<string, int> TakeChanges(int most)
    {
        var taken = new Dictionary<string, int>(StringComparer.Ordinal);
        while (taken.Count < most && _changes.TryDequeue(out var entry))
        {
            if (entry.Untold != 0)
                taken.Add(entry.Key, entry.Untold);
            Unlist(entry);
        }

        return taken;
    }

    /// <summary>Forgets what the store was to be told: it gets all counts anew.</summary>
    internal void DropChanges()
    {
        while (_changes.TryDequeue(out var entry))
            Unlist(entry);
    }

    private Dictionary<string, CountEntry> Table(CountScope scope) => scope == CountScope.Cluster ? _shared : _own;

    private CountEntry EntryOf(string key, CountScope scope)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(Table(scope), key, out _);
        return entry ??= new CountEntry(key, scope);
    }

    private void Note(CountEntry entry, int change)
    {
        entry.Untold += change;
        if (entry.IsListed)
            return;
        entry.IsListed = true;
        _changes.Enqueue(entry);
    }

    private void Unlist(CountEntry entry)
    {
        entry.IsListed = false;
        entry.Untold = 0;
        ForgetIfUnused(entry);
    }

    private void ForgetIfUnused(CountEntry entry)
    {
        if (entry.Count > 0 || entry.IsListed || entry.IsIdle)
            return;
        if (entry.Others == 0)
        {
            Table(entry.Scope).Remove(entry.Key);
            return;
        }

        entry.IsIdle = true;
        _idle.Enqueue(entry);
        if (_idle.Count <= MostIdle)
            return;
        var oldest = _idle.Dequeue();
        oldest.IsIdle = false;
        if (oldest.Count == 0 && !oldest.IsListed)
            Table(oldest.Scope).Remove(oldest.Key);
    }
}
