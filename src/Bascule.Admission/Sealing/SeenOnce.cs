namespace Bascule.Admission;

/// <summary>What came of showing an id.</summary>
internal enum Sight
{
    First,
    Again,

    /// <summary>No more ids can be remembered now.</summary>
    Full,
}

/// <summary>Remembers ids for as long as each would be good, so that it is good once.</summary>
internal sealed class SeenOnce(int capacity, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly PriorityQueue<string, DateTimeOffset> _byEnd = new();

    /// <param name="until">Later it is refused for its age alone, and may be forgotten.</param>
    internal Sight Show(string id, DateTimeOffset until)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            while (_byEnd.TryPeek(out var oldest, out var end) && end <= now)
            {
                _byEnd.Dequeue();
                _ids.Remove(oldest);
            }

            if (_ids.Contains(id))
                return Sight.Again;
            if (_ids.Count >= capacity)
                return Sight.Full;
            _ids.Add(id);
            _byEnd.Enqueue(id, until);
            return Sight.First;
        }
    }
}
