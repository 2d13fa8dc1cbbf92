namespace Bascule.Terminal;

/// <summary>The last terminals that were forgotten: their names, and the keys of those who may hear that they are over.</summary>
internal sealed class Forgotten(int most)
{
    private readonly Lock _gate = new();
    private readonly Queue<string> _order = new();
    private readonly Dictionary<string, string?> _keys = new(StringComparer.Ordinal);

    internal void Add(string name, string? key)
    {
        lock (_gate)
        {
            if (_keys.ContainsKey(name))
            {
                _keys[name] = key;
                return;
            }

            _keys.Add(name, key);
            _order.Enqueue(name);
            if (_order.Count > most)
                _keys.Remove(_order.Dequeue());
        }
    }

    internal bool Has(string name)
    {
        lock (_gate)
            return _keys.ContainsKey(name);
    }

    internal string? KeyOf(string name)
    {
        lock (_gate)
            return _keys.GetValueOrDefault(name);
    }
}
