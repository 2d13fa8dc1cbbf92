namespace Bascule.Hub;

/// <summary>What one shard has on the board, from its beginning to its end.</summary>
public sealed class PresenceShare : IPresenceDesk
{
    private readonly PresenceBoard _board;
    private readonly List<PresenceNews> _news = [];

    internal PresenceShare(PresenceBoard board, string shard, IPresenceReader reader)
    {
        _board = board;
        Shard = shard;
        Reader = reader;
    }

    public Lock Gate => _board.Gate;

    internal string Shard { get; }

    internal IPresenceReader Reader { get; }

    internal HashSet<string> Watched { get; } = new(StringComparer.Ordinal);

    /// <summary>When the shard was gone; its members are kept for a moment. Null: it is there.</summary>
    internal long? LeftAt { get; set; }

    public void Change(string topic, string? user, int connections) => _board.Change(this, topic, user, connections);

    public void Watch(string topic)
    {
        Watched.Add(topic);
        _board.Watch(this, topic);
    }

    public void Unwatch(string topic)
    {
        if (Watched.Remove(topic))
            _board.Unwatch(this, topic);
    }

    /// <summary>The shard is gone: it is told nothing more. Who was on it has left, unless he comes back within a moment.</summary>
    public void Leave()
    {
        lock (Gate)
            _board.Leave(this);
    }

    internal void Note(PresenceNews news) => _news.Add(news);

    /// <summary>Gives the reader all that was noted, at once.</summary>
    internal void HandOver()
    {
        if (_news.Count == 0)
            return;
        Reader.Take([.. _news]);
        _news.Clear();
    }
}
