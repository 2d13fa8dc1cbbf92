using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary>All that is known of the source: the latest answers, the course of the figures, the events.</summary>
/// <param name="every">Time between two looks; zero: there is only one.</param>
public sealed class TopKnowledge(TimeSpan every)
{
    /// <summary>More than anybody scrolls through.</summary>
    private const int MostEvents = 500;

    private readonly LinkedList<TopEvent> _events = [];
    private readonly EachRate _messages = new();
    private readonly EachRate _deliveries = new();
    private DateTimeOffset _connectionsAt;

    /// <summary>What every view had last, although it may be of different moments; null before the first answer.</summary>
    public TopSnapshot? Latest { get; private set; }

    /// <summary>Why the source did not answer last; null when it did.</summary>
    public string? Fault { get; private set; }

    public TopRates Rates { get; } = new(every / 2, fromStart: every == TimeSpan.Zero);

    /// <summary>The newest first.</summary>
    public IEnumerable<TopEvent> Events => _events;

    public void Took(TopSnapshot news)
    {
        Fault = null;
        if (news.Connections is not null && news.At - _connectionsAt >= every / 2)
            Follow(news.At, news.Connections);
        if (news.Shards is { } shards)
            _deliveries.Follow(shards.Shards.Where(s => s.Figures is not null).Select(s => (s.Name, s.Figures!.At, s.Figures.MessagesOut)));
        Latest = news with
        {
            Pools = news.Pools ?? Latest?.Pools,
            Connections = news.Connections ?? Latest?.Connections,
            Refusals = news.Refusals ?? Latest?.Refusals,
            Shards = news.Shards ?? Latest?.Shards,
            Sessions = news.Sessions ?? Latest?.Sessions,
        };
        Rates.Add(news);
    }

    public void Failed(string why)
    {
        Fault = why;
        Rates.AddGap();
    }

    public void Heard(IEnumerable<TopEvent> events)
    {
        foreach (var happened in events)
        {
            _events.AddFirst(happened);
            if (_events.Count > MostEvents)
                _events.RemoveLast();
        }
    }

    /// <summary>Messages of a connection per second, in both directions; NaN while it is new.</summary>
    public double MessagesPerSecond(ConnectionDocument connection) => _messages[connection.Attempt];

    /// <summary>Messages that a shard sends to clients per second; NaN while it is new.</summary>
    public double DeliveriesPerSecond(ShardDocument shard) => _deliveries[shard.Name];

    private void Follow(DateTimeOffset at, ConnectionsDocument connections)
    {
        _messages.Follow(connections.Connections.Select(c => (c.Attempt, at, c.MessagesUp + c.MessagesDown)));
        _connectionsAt = at;
    }
}
