using Bascule.Settings;
using Confluent.Kafka;

namespace Bascule.Hub.Kafka;

/// <summary>Fetches messages that are older than what the hub remembers, by consumers of its own: at most four at a time, others wait.</summary>
public sealed class KafkaHistory : IHistorySource, IAsyncDisposable
{
    private readonly KafkaLogs _logs;
    private readonly FetcherPool _fetchers;
    private readonly TimeProvider _time;

    public KafkaHistory(KafkaSettings settings, KafkaLogs logs, TimeProvider time) => (_logs, _fetchers, _time) = (logs, new FetcherPool(settings), time);

    /// <summary>How long one fetch may take, with its wait for a free consumer, before it counts as <see cref="GapReason.SourceAway"/>.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    public bool Has(LogId log) => _logs.Find(log) is not null;

    /// <summary>All or nothing: <paramref name="each"/> is called only when every message came within the limits.</summary>
    public async Task<FetchResult> FetchAsync(
        LogId log, int partition, long after, long before, FetchLimits limits, Action<SourceMessage> each, CancellationToken cancellation)
    {
        if (_logs.Find(log) is not { } mapping)
            return new FetchResult(0, GapReason.EpochChanged);
        using var limit = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var request = new FetchRequest(mapping, log, new TopicPartition(mapping.KafkaTopic, new Partition(partition)), after, before) { Limits = limits };
        try
        {
            var answer = await _fetchers.UseAsync(consumer => new Fetch(request, _time).Run(consumer, Patience, either.Token), either.Token);
            if (answer.Fault is null)
                answer.Messages.ForEach(each);
            return new FetchResult(answer.Fault is null ? answer.Messages.Count : 0, answer.Fault);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new FetchResult(0, GapReason.SourceAway);
        }
        catch (KafkaException)
        {
            // Whatever it is, these messages cannot be had now; the state of the source says more.
            return new FetchResult(0, GapReason.SourceAway);
        }
    }

    public async ValueTask DisposeAsync() => await _fetchers.DisposeAsync();
}
