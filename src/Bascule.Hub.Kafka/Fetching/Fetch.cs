using Confluent.Kafka;

namespace Bascule.Hub.Kafka;

/// <summary>One range of one partition, both ends left out.</summary>
internal sealed record FetchRequest(TopicMapping Mapping, LogId Log, TopicPartition Partition, long After, long Before)
{
    public required FetchLimits Limits { get; init; }
}

internal sealed record FetchAnswer(List<SourceMessage> Messages, GapReason? Fault)
{
    public static FetchAnswer Not(GapReason fault) => new([], fault);
}

/// <summary>Reads a range within its limits, on the caller's thread.</summary>
internal sealed class Fetch(FetchRequest request, TimeProvider time)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);
    private readonly List<SourceMessage> _messages = [];
    private int _records;
    private long _bytes;

    public FetchAnswer Run(IConsumer<byte[], byte[]> consumer, TimeSpan patience, CancellationToken cancellation)
    {
        if (request.After + 1 >= request.Before)
            return new FetchAnswer(_messages, null);
        var bounds = consumer.QueryWatermarkOffsets(request.Partition, patience);
        if (request.After + 1 < bounds.Low.Value)
            return FetchAnswer.Not(GapReason.TooOld);
        if (request.After + 1 > bounds.High.Value)
            return FetchAnswer.Not(GapReason.Truncated);
        consumer.Assign(new TopicPartitionOffset(request.Partition, request.After + 1));
        try
        {
            return Read(consumer, cancellation);
        }
        catch (ConsumeException e) when (e.Error.Code == ErrorCode.Local_AutoOffsetReset)
        {
            return FetchAnswer.Not(GapReason.TooOld); // deleted since the question
        }
        finally
        {
            consumer.Unassign();
        }
    }

    private FetchAnswer Read(IConsumer<byte[], byte[]> consumer, CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var result = consumer.Consume(Quiet);
            if (result is null || result.TopicPartition != request.Partition)
                continue;
            if (result.IsPartitionEOF || result.Offset.Value >= request.Before)
                return new FetchAnswer(_messages, null);
            _records++;
            _bytes += (result.Message.Value?.Length ?? 0) + (result.Message.Key?.Length ?? 0);
            if (_records > request.Limits.Messages || _bytes > request.Limits.Bytes)
                return FetchAnswer.Not(GapReason.TooMany);
            Take(result);
            if (result.Offset.Value == request.Before - 1)
                return new FetchAnswer(_messages, null);
        }
    }

    /// <summary>Records that give no topic of the hub were skipped when they were live, and are skipped here.</summary>
    private void Take(ConsumeResult<byte[], byte[]> result)
    {
        if (!request.Mapping.TryName(result.Message.Key, out var topic, out var key))
            return;
        var position = new Position(request.Log, result.Partition.Value, result.Offset.Value);
        _messages.Add(new SourceMessage(topic, key, result.Message.Value ?? [], position, KafkaRecord.TimeOf(result.Message, time)));
    }
}
