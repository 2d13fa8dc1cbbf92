using System.Runtime.InteropServices;
using Bascule.Settings;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Bascule.Hub.Kafka;

/// <summary>Reads all partitions on one thread and gives the hub what it reads. Its places outlive the consumer, so that a new one goes on.</summary>
internal sealed class KafkaReader
{
    private const int MostMessages = 500; // of one batch: the hub's lock is held for so many at most
    private const int MostBytes = 1_000_000;
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(1);
    private readonly KafkaSettings _settings;
    private readonly IMessageSink _sink;
    private readonly KafkaLogs _logs;
    private readonly TopicWatch _watch;
    private readonly SourceHealth _health;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, OpenTopic> _topics = new(StringComparer.Ordinal);
    private readonly Dictionary<TopicPartition, PartitionPlace> _places = [];
    private readonly HashSet<PartitionPlace> _touched = [];
    private readonly List<SourceMessage> _batch = new(MostMessages);
    private bool _isCaughtUp;
    private long _toldAt;
    private long _messages;

    public KafkaReader(KafkaSettings settings, IMessageSink sink, KafkaLogs logs, TopicWatch watch, SourceHealth health, TimeProvider time) =>
        (_settings, _sink, _logs, _watch, _health, _time, State) = (settings, sink, logs, watch, health, time, health.Describe(false, null));

    /// <summary>As the hub was told last.</summary>
    public SourceState State { get; private set; }

    /// <summary>Messages given to the hub.</summary>
    public long Messages => Volatile.Read(ref _messages);

    public ILogger? Logger { get; init; }

    /// <summary>Until it is stopped, or the consumer cannot go on.</summary>
    public void Run(IConsumer<byte[], byte[]> consumer, CancellationToken stop)
    {
        if (_places.Count > 0)
            Assign(consumer);
        while (!stop.IsCancellationRequested)
        {
            if (ApplyNews())
                Assign(consumer);
            Read(consumer);
            Give();
            Tell(consumer);
        }
    }

    /// <summary>While it does not run: tells the hub how things are.</summary>
    public void TellNow() => TellState(null);

    /// <returns>Whether there were any.</returns>
    private bool ApplyNews()
    {
        var any = false;
        while (_watch.TryTake(out var news))
        {
            Apply(news!);
            any = true;
        }

        return any;
    }

    private void Apply(TopicNews news)
    {
        var isKnown = _topics.TryGetValue(news.Mapping.KafkaTopic, out var topic);
        if (isKnown && news.Lost is { } why)
        {
            Logger?.LogEnded(news.Mapping.KafkaTopic, why);
            _sink.End(topic!.Log, why);
        }

        topic = _topics[news.Mapping.KafkaTopic] = new OpenTopic(news.Log, news.Mapping);
        _logs.Set(news.Log, news.Mapping);
        var begins = !isKnown || news.Lost is not null;
        if (begins)
            DropFormerLife(news);
        foreach (var start in news.Starts)
        {
            var partition = new TopicPartition(topic.Mapping.KafkaTopic, new Partition(start.Partition));
            if (!_places.TryGetValue(partition, out var place))
                (_places[partition], begins) = (new PartitionPlace(partition, start), true);
            else if (news.Lost is null)
                place.IsLost = false;
            else
                place.Restart(start);
        }

        if (begins)
        {
            var from = PlacesOf(topic.Mapping.KafkaTopic).ToDictionary(p => p.Partition.Partition.Value, p => p.From);
            _sink.Begin(new SourceLog(topic.Log, $"kafka {topic.Mapping.KafkaTopic}", topic.Mapping.Feeds, from));
        }
    }

    /// <summary>A topic that was made anew has all its partitions in the news; after another loss, those that are not in it go on.</summary>
    private void DropFormerLife(TopicNews news)
    {
        foreach (var place in PlacesOf(news.Mapping.KafkaTopic))
        {
            if (news.Lost == GapReason.EpochChanged)
                _places.Remove(place.Partition);
            else
                place.BeginHere();
        }
    }

    private List<PartitionPlace> PlacesOf(string topic) => [.. _places.Values.Where(p => p.Partition.Topic.Equals(topic, StringComparison.Ordinal))];

    /// <remarks>
    /// Taken back first, and only then given anew: where one call does both, and is made twice in a row, librdkafka stops a partition again whose first stop is not through,
    /// and ends the process ("rktp->rktp_started").
    /// </remarks>
    private void Assign(IConsumer<byte[], byte[]> consumer)
    {
        consumer.Unassign();
        consumer.Assign(_places.Values.Select(p => new TopicPartitionOffset(p.Partition, p.Next)));
    }

    private void Read(IConsumer<byte[], byte[]> consumer)
    {
        var bytes = 0;
        for (var count = 0; count < MostMessages && bytes < MostBytes; count++)
        {
            if (Next(consumer, count == 0 ? Quiet : TimeSpan.Zero) is not { } result)
                return;
            if (!_places.TryGetValue(result.TopicPartition, out var place))
                continue;
            _touched.Add(place);
            if (result.IsPartitionEOF)
                place.ReachEnd(result.Offset.Value);
            else if (place.TryPass(result.Offset.Value))
                bytes += Take(place, result);
        }
    }

    private ConsumeResult<byte[], byte[]>? Next(IConsumer<byte[], byte[]> consumer, TimeSpan patience)
    {
        try
        {
            return consumer.Consume(patience);
        }
        catch (ConsumeException e) when (!e.Error.IsFatal)
        {
            // The client library goes on by itself, except where it does not know the offset.
            if (e.Error.Code != ErrorCode.Local_AutoOffsetReset)
            {
                _health.Hear(e.Error);
                _watch.Nudge();
            }
            else if (_places.TryGetValue(e.ConsumerRecord.TopicPartition, out var place) && !place.IsLost)
            {
                place.IsLost = true;
                _watch.Ask(new LostPlace(place.Partition, _topics[place.Partition.Topic].Log, place.Next, place.LastAt));
            }

            return null;
        }
    }

    /// <returns>Bytes that the batch grew by.</returns>
    private int Take(PartitionPlace place, ConsumeResult<byte[], byte[]> result)
    {
        var topic = _topics[result.Topic];
        var record = result.Message;
        var at = KafkaRecord.TimeOf(record, _time);
        place.LastAt = at;
        if (!topic.Mapping.TryName(record.Key, out var name, out var key))
        {
            _health.Skip(result.Topic);
            return 0;
        }

        place.LastTaken = result.Offset.Value;
        // A deletion (no value) comes as an empty payload: who keeps the newest of each key has to see it.
        var payload = record.Value ?? [];
        _batch.Add(new SourceMessage(name, key, payload, new Position(topic.Log, result.Partition.Value, result.Offset.Value), at));
        return payload.Length + (record.Key?.Length ?? 0);
    }

    private void Give()
    {
        if (_batch.Count > 0)
        {
            _sink.Append(CollectionsMarshal.AsSpan(_batch));
            foreach (var place in _touched)
                place.TellUpTo(place.LastTaken);
            Volatile.Write(ref _messages, _messages + _batch.Count);
            _batch.Clear();
        }

        foreach (var place in _touched)
        {
            if (place.Next - 1 <= place.Told)
                continue;
            _sink.Advance(_topics[place.Partition.Topic].Log, place.Partition.Partition.Value, place.Next - 1);
            place.TellUpTo(place.Next - 1);
        }

        _touched.Clear();
    }

    private void Tell(IConsumer<byte[], byte[]> consumer)
    {
        _isCaughtUp = _isCaughtUp || (_settings.Topics.All(t => _topics.ContainsKey(t.Name) || _watch.Unreadable.Contains(t.Name))
            && _places.Values.All(p => p.IsCaughtUp));
        var isUrgent = State.IsConnected != _health.IsConnected || State.IsCaughtUp != _isCaughtUp;
        if (!isUrgent && _time.GetElapsedTime(_toldAt) < TellEvery)
            return;
        _toldAt = _time.GetTimestamp();
        TellState(_places.Values.Sum(p => Math.Max(0, consumer.GetWatermarkOffsets(p.Partition).High.Value - p.Next)));
    }

    private void TellState(long? lag)
    {
        var state = _health.Describe(_isCaughtUp, lag);
        if (state == State)
            return;
        State = state;
        _sink.Report(state);
    }

    private sealed record OpenTopic(LogId Log, TopicMapping Mapping);
}
