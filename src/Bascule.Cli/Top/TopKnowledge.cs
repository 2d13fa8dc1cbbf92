using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary>All that is known of the source: the latest answers, the course of the figures, the events.</summary>
/// <param name="every">Time between two looks; zero: there is only one.</param>
public sealed class TopKnowledge(TimeSpan every)
{
    /// <summary>More than anybody scrolls through.</summary>
    private const int MostEvents = 500;

    private readonly LinkedList<TopEvent> _events = [];
    private readonly Dictionary<string, double> _perSecond = new(StringComparer.Ordinal);
    private Dictionary<string, long> _messages = new(StringComparer.Ordinal);
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
            Follow(news);
        Latest = news with
        {
            Pools = news.Pools ?? Latest?.Pools,
            Connections = news.Connections ?? Latest?.Connections,
            Refusals = news.Refusals ?? Latest?.Refusals,
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
    public double MessagesPerSecond(ConnectionDocument connection) => _perSecond.GetValueOrDefault(connection.Attempt, double.NaN);

    private void Follow(TopSnapshot news)
    {
        _perSecond.Clear();
        var seconds = (news.At - _connectionsAt).TotalSeconds;
        foreach (var connection in news.Connections!.Connections)
        {
            var messages = connection.MessagesUp + connection.MessagesDown;
            if (_messages.TryGetValue(connection.Attempt, out var before))
                _perSecond[connection.Attempt] = (messages - before) / seconds;
        }

        _messages = news.Connections.Connections.ToDictionary(c => c.Attempt, c => c.MessagesUp + c.MessagesDown, StringComparer.Ordinal);
        _connectionsAt = news.At;
    }
}
