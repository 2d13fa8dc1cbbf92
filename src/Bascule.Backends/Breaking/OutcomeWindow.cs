namespace Bascule.Backends;

/// <summary>How the last connections of a node went.</summary>
internal sealed class OutcomeWindow
{
    private bool[] _failed = [];
    private int _next;

    internal int Count { get; private set; }

    internal int Failures { get; private set; }

    /// <param name="size">How many are looked at; another size than before begins anew.</param>
    internal void Add(bool failed, int size)
    {
        if (_failed.Length != size)
        {
            _failed = new bool[size];
            Clear();
        }

        if (Count == size && _failed[_next])
            Failures--;
        _failed[_next] = failed;
        _next = (_next + 1) % size;
        Count = Math.Min(Count + 1, size);
        if (failed)
            Failures++;
    }

    internal void Clear()
    {
        _next = 0;
        Count = 0;
        Failures = 0;
    }
}
