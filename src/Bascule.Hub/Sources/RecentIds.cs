using System.Diagnostics.CodeAnalysis;

namespace Bascule.Hub;

/// <summary>What was published with an id of its publisher's, for as long as publishers try again. Not for several threads at once.</summary>
public sealed class RecentIds<T>(TimeProvider time)
{
    private static readonly TimeSpan Last = TimeSpan.FromMinutes(5);

    /// <summary>Beyond so many the oldest go first.</summary>
    private const int Most = 100_000;

    private readonly Dictionary<(string Topic, string Id), T> _known = [];
    private readonly Queue<(string Topic, string Id, DateTimeOffset At)> _ids = new();

    public bool TryFind(string topic, string id, [MaybeNullWhen(false)] out T found)
    {
        Forget();
        return _known.TryGetValue((topic, id), out found);
    }

    public void Add(string topic, string id, T value)
    {
        Forget();
        _known[(topic, id)] = value;
        _ids.Enqueue((topic, id, time.GetUtcNow()));
    }

    /// <summary>It was not published after all.</summary>
    public void Remove(string topic, string id) => _known.Remove((topic, id));

    private void Forget()
    {
        var now = time.GetUtcNow();
        while (_ids.TryPeek(out var oldest) && (_ids.Count >= Most || now - oldest.At >= Last))
        {
            _ids.Dequeue();
            _known.Remove((oldest.Topic, oldest.Id));
        }
    }
}
