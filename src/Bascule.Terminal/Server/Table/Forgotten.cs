namespace Bascule.Terminal;

/// <summary>The last names that were forgotten.</summary>
internal sealed class Forgotten(int most)
{
    private readonly Lock _gate = new();
    private readonly Queue<string> _order = new();
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    internal void Add(string name)
    {
        lock (_gate)
        {
            if (!_names.Add(name))
                return;
            _order.Enqueue(name);
            if (_order.Count > most)
                _names.Remove(_order.Dequeue());
        }
    }

    internal bool Has(string name)
    {
        lock (_gate)
            return _names.Contains(name);
    }
}
