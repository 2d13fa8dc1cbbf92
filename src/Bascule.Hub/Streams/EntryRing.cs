namespace Bascule.Hub;

/// <summary>Entries in the order of the shard: added at the end, taken from the beginning. Under the shard's lock.</summary>
internal sealed class EntryRing
{
    private const int LeastCapacity = 4;
    private Entry?[] _slots = [];
    private int _first;
    private int _forgotten;

    internal int Count { get; private set; }

    internal Entry this[int index] => _slots[(_first + index) & (_slots.Length - 1)]!;

    internal Entry First => this[0];

    internal void Add(Entry entry)
    {
        if (Count == _slots.Length)
            Resize(Math.Max(LeastCapacity, Count * 2));
        _slots[(_first + Count++) & (_slots.Length - 1)] = entry;
    }

    internal Entry RemoveFirst()
    {
        var entry = First;
        _slots[_first] = null;
        _first = (_first + 1) & (_slots.Length - 1);
        if (--Count <= _slots.Length / 4 && _slots.Length > LeastCapacity)
            Resize(_slots.Length / 2);
        return entry;
    }

    /// <summary>The index of the first entry that is not older; <see cref="Count"/> when there is none.</summary>
    internal int IndexFrom(long sequence)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (this[middle].Sequence < sequence)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>One of the entries was forgotten. They go from the beginning at once, and from the middle when they are more than half: each is moved once on average.</summary>
    internal void NoteForgotten()
    {
        _forgotten++;
        while (Count > 0 && First.Message is null)
        {
            RemoveFirst();
            _forgotten--;
        }

        if (_forgotten <= Count / 2)
            return;
        var kept = new List<Entry>(Count - _forgotten);
        for (var index = 0; index < Count; index++)
        {
            if (this[index].Message is not null)
                kept.Add(this[index]);
        }

        _slots = [];
        _first = Count = _forgotten = 0;
        foreach (var entry in kept)
            Add(entry);
    }

    private void Resize(int capacity)
    {
        var slots = new Entry?[capacity];
        for (var index = 0; index < Count; index++)
            slots[index] = this[index];
        _slots = slots;
        _first = 0;
    }
}
