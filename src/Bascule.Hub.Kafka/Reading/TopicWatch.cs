using System.Collections.Concurrent;
using Bascule.Settings;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Bascule.Hub.Kafka;

/// <summary>Looks at the brokers now and then, beside the reading: are they there, which partitions are there, is it still the same topic.</summary>
internal sealed class TopicWatch
{
    private const int TriesForIdentity = 3;
    private const int MostPartitions = 400; // so many a cursor of the hub can hold
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private readonly SourceHealth _health;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly KafkaTuning _tuning;
    private readonly StartOffsets _starts;
    private readonly TopicIdentities _identities;
    private readonly TimeSpan _historyAge;
    private readonly List<WatchedTopic> _topics;
    private readonly ConcurrentQueue<LostPlace> _lost = new();
    private readonly ConcurrentQueue<TopicNews> _news = new();
    private int _triesForIdentity;
    private volatile bool _isNudged;

    public TopicWatch(KafkaSettings settings, TimeSpan historyAge, SourceHealth health, TimeProvider time, ILogger logger, KafkaTuning tuning)
    {
        (_health, _time, _logger, _tuning, _historyAge) = (health, time, logger, tuning, historyAge);
        _starts = new StartOffsets(settings, tuning.Patience);
        _identities = new TopicIdentities(settings with { Brokers = tuning.IdentityBrokers ?? settings.Brokers }, tuning.Patience, time);
        _topics = [.. settings.Topics.Select(t => new WatchedTopic(t))];
    }

    /// <summary>Topics for which nobody waits, since the brokers say that they cannot be read.</summary>
    public IEnumerable<string> Unreadable => _topics.Where(t => t.IsUnreadable).Select(t => t.Name);

    public bool TryTake(out TopicNews? news) => _news.TryDequeue(out news);

    /// <summary>The broker does not know the next offset: finds out why.</summary>
    public void Ask(LostPlace place) => _lost.Enqueue(place);

    /// <summary>Something is wrong with a topic: looks soon.</summary>
    public void Nudge() => _isNudged = true;

    public async Task RunAsync(IConsumer<byte[], byte[]> consumer, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            _isNudged = false;
            await LookAsync(consumer, stop);
            var isWell = IsAllWell;
            var asked = _time.GetTimestamp();
            do
                await Task.Delay(Tick, _time, stop);
            while (IsAllWell == isWell && _time.GetElapsedTime(asked) < (isWell ? _tuning.LookEvery : _tuning.RetryEvery));
        }
    }

    private bool IsAllWell => _health.IsConnected && _lost.IsEmpty && !_isNudged && _topics.TrueForAll(t => t.Identity is not null);

    private async Task LookAsync(IConsumer<byte[], byte[]> consumer, CancellationToken stop)
    {
        var outages = _health.Outages;
        try
        {
            var found = await OnItsOwnThreadAsync(() => Present(consumer));
            _health.Answered(outages);
            var identities = found.Count == 0 ? null : await IdentitiesAsync([.. found.Select(f => f.Topic.Name)], stop);
            if (identities is not null)
                await OnItsOwnThreadAsync(() => Compare(consumer, found, identities));
        }
        catch (KafkaException e)
        {
            if (e.Error.Code is ErrorCode.Local_Transport or ErrorCode.Local_AllBrokersDown or ErrorCode.Local_TimedOut or ErrorCode.Local_Resolve or ErrorCode.Local_Authentication)
                _health.Away(e.Error.Code is ErrorCode.Local_Resolve or ErrorCode.Local_Authentication ? e.Error.Reason : null);
            else
                _health.Hear(e.Error);
        }
    }

    /// <summary>The topics that are there, with how many partitions.</summary>
    private List<(WatchedTopic Topic, int Partitions)> Present(IConsumer<byte[], byte[]> consumer)
    {
        // Only for as long as it is asked: one that is kept asks its queue for answers without a pause, which costs a core.
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        var present = new List<(WatchedTopic, int)>();
        foreach (var topic in _topics)
        {
            var seen = admin.GetMetadata(topic.Name, _tuning.Patience).Topics.Find(t => t.Topic.Equals(topic.Name, StringComparison.Ordinal));
            var error = seen?.Error ?? new Error(ErrorCode.UnknownTopicOrPart);
            var isThere = !error.IsError && seen!.Partitions.Count is > 0 and <= MostPartitions;
            topic.IsUnreadable = seen?.Partitions.Count > MostPartitions || error.Code is ErrorCode.UnknownTopicOrPart or ErrorCode.TopicAuthorizationFailed or ErrorCode.TopicException;
            topic.WasMissing |= error.Code == ErrorCode.UnknownTopicOrPart;
            if (isThere)
                present.Add((topic, seen!.Partitions.Count));
            _health.Trouble(topic.Name, Words(error, isThere, topic.IsUnreadable));
        }

        return present;
    }

    private static string? Words(Error error, bool isThere, bool isUnreadable) => error.Code switch
    {
        ErrorCode.NoError when isUnreadable => $"it has more than {MostPartitions} partitions, so that no cursor can hold them; spread its records over fewer",
        ErrorCode.UnknownTopicOrPart => "Kafka has no topic of this name; it is read as soon as it is made",
        ErrorCode.TopicAuthorizationFailed => "Kafka does not let us read it; give the user the right to read and describe it",
        _ when !isThere => $"it cannot be read yet: {error.Reason}",
        _ => null,
    };

    /// <summary>Null: ask again later. Brokers that let the client library in, but not us, are not waited for for ever.</summary>
    private async Task<IReadOnlyDictionary<string, string>?> IdentitiesAsync(IReadOnlyCollection<string> topics, CancellationToken stop)
    {
        if (_triesForIdentity >= TriesForIdentity)
            return TopicIdentities.ByNames(topics);
        var answer = await _identities.OfAsync(topics, stop);
        if (answer is not null)
            _triesForIdentity = 0;
        else if (_topics.TrueForAll(t => t.Identity is null) && ++_triesForIdentity == TriesForIdentity)
            _logger.IdentityUnknown();
        return answer;
    }

    private void Compare(IConsumer<byte[], byte[]> consumer, List<(WatchedTopic Topic, int Partitions)> found, IReadOnlyDictionary<string, string> identities)
    {
        foreach (var (topic, partitions) in found)
        {
            if (!identities.TryGetValue(topic.Name, out var identity))
                continue; // gone between the two questions
            var isNew = topic.Identity is null;
            if (!identity.Equals(topic.Identity, StringComparison.Ordinal))
                Open(consumer, topic, identity, partitions, isNew ? null : GapReason.EpochChanged);
            else if (partitions > topic.Partitions)
                AddPartitions(consumer, topic, partitions);
        }

        // Taken only when it is explained: the brokers may go away in between.
        while (_lost.TryPeek(out var place))
        {
            var topic = _topics.Find(t => t.Name.Equals(place.Partition.Topic, StringComparison.Ordinal));
            if (topic is not null && topic.Log == place.Log)
                Explain(consumer, topic, place);
            _lost.TryDequeue(out _);
        }
    }

    private void Open(IConsumer<byte[], byte[]> consumer, WatchedTopic topic, string identity, int partitions, GapReason? lost)
    {
        var isAllNew = lost is not null || topic.WasMissing;
        var rule = isAllNew ? StartRule.Beginning : StartRule.Of(topic.Settings, _historyAge, _time.GetUtcNow());
        var starts = _starts.Find(consumer, Range(topic, 0, partitions), rule);
        topic.Begin(identity);
        topic.Partitions = partitions;
        _news.Enqueue(new TopicNews(topic.Mapping, topic.Log, starts, lost));
        _logger.TopicRead(topic.Name, partitions, topic.Log.ToString());
    }

    private void AddPartitions(IConsumer<byte[], byte[]> consumer, WatchedTopic topic, int partitions)
    {
        var starts = _starts.Find(consumer, Range(topic, topic.Partitions, partitions), StartRule.Beginning);
        topic.Partitions = partitions;
        _news.Enqueue(new TopicNews(topic.Mapping, topic.Log, starts, null));
        _logger.TopicRead(topic.Name, partitions, topic.Log.ToString());
    }

    /// <summary>Retention overtook the reader, or the log lost its end; or neither, and reading goes on.</summary>
    private void Explain(IConsumer<byte[], byte[]> consumer, WatchedTopic topic, LostPlace place)
    {
        var (low, high) = _starts.Bounds(consumer, place.Partition);
        var partition = place.Partition.Partition.Value;
        if (place.Next < low)
        {
            _news.Enqueue(new TopicNews(topic.Mapping, topic.Log, [new PartitionStart(partition, low, high)], GapReason.TooOld));
        }
        else if (place.Next > high)
        {
            // Where the loss began is not known. What is as young as the last record that was read came after it.
            var rule = place.LastAt is { } last ? new StartRule(last) : StartRule.Beginning;
            topic.BeginAfterLoss(partition, high);
            _news.Enqueue(new TopicNews(topic.Mapping, topic.Log, _starts.Find(consumer, [place.Partition], rule), GapReason.Truncated));
        }
        else
        {
            _news.Enqueue(new TopicNews(topic.Mapping, topic.Log, [new PartitionStart(partition, place.Next, high)], null));
        }
    }

    private static List<TopicPartition> Range(WatchedTopic topic, int from, int to) =>
        [.. Enumerable.Range(from, to - from).Select(p => new TopicPartition(topic.Name, new Partition(p)))];

    /// <summary>The client library's questions block.</summary>
    private static Task<T> OnItsOwnThreadAsync<T>(Func<T> ask) =>
        Task.Factory.StartNew(ask, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static Task OnItsOwnThreadAsync(Action ask) =>
        Task.Factory.StartNew(ask, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
