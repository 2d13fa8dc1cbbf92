using System.Text;

namespace Bascule.Hub.Tests;

/// <summary>All that was ever published in a <see cref="World"/>, and a source of what shards forgot.</summary>
internal sealed class Truth : IHistorySource
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(LogId Log, int Partition), List<SourceMessage>> _messages = [];

    /// <summary>Of the logs that are.</summary>
    internal List<(LogId Log, int Partition)> Partitions { get; private set; } = [];

    /// <summary>Logs that were made anew.</summary>
    internal HashSet<LogId> Over { get; } = [];

    internal IEnumerable<SourceMessage> All => _messages.Values.SelectMany(m => m);

    internal void Begin(LogId log, int partitions)
    {
        for (var partition = 0; partition < partitions; partition++)
        {
            Partitions.Add((log, partition));
            _messages.Add((log, partition), []);
        }
    }

    internal void Replace(LogId old, LogId next)
    {
        lock (_gate)
        {
            var count = Partitions.RemoveAll(p => p.Log == old);
            Begin(next, count);
            Over.Add(old);
        }
    }

    internal List<SourceMessage> Of((LogId, int) partition) => _messages[partition];

    internal long NextOffset((LogId, int) partition) => _messages[partition] is { Count: > 0 } some ? some[^1].Position.Offset + 1 : 0;

    internal void Publish(LogId log, int partition, int step, string topic, string? key, int bytes)
    {
        lock (_gate)
        {
            var offset = NextOffset((log, partition)) + step - 1;
            var payload = Encoding.UTF8.GetBytes($"{topic}@{offset}".PadRight(bytes, '.'));
            _messages[(log, partition)].Add(new SourceMessage(topic, key, payload, new Position(log, partition, offset), DateTimeOffset.UnixEpoch));
        }
    }

    public bool Has(LogId log) => true;

    public Task<FetchResult> FetchAsync(LogId log, int partition, long after, long before, FetchLimits limits, Action<SourceMessage> each, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var messages = _messages[(log, partition)].Where(m => m.Position.Offset > after && m.Position.Offset < before).ToList();
            foreach (var message in messages.Take(limits.Messages))
                each(message);
            return Task.FromResult(messages.Count > limits.Messages ? new FetchResult(limits.Messages, GapReason.TooMany) : new FetchResult(messages.Count, null));
        }
    }
}
