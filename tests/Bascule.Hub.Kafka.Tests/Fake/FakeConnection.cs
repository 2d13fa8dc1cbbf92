using System.Buffers.Binary;
using System.Text;

namespace Bascule.Hub.Kafka.Tests;

/// <summary>Answers one client: what librdkafka asks to read by offsets, and what <see cref="TopicIdentities"/> asks.</summary>
internal sealed class FakeConnection(FakeKafka kafka, Stream stream)
{
    private const short Produce = 0, Fetch = 1, ListOffsets = 2, Metadata = 3, SaslHandshake = 17, ApiVersions = 18, SaslAuthenticate = 36;
    private const short OffsetOutOfRange = 1, UnknownTopic = 3, UnsupportedVersion = 35, SaslFailed = 58;
    private const int MostRecords = 100; // of one answer and partition
    private bool _isEmpty;

    public async Task RunAsync(CancellationToken stop)
    {
        var head = new byte[4];
        while (true)
        {
            await stream.ReadExactlyAsync(head, stop);
            var request = new byte[BinaryPrimitives.ReadInt32BigEndian(head)];
            await stream.ReadExactlyAsync(request, stop);
            var answer = Answer(request);
            if (_isEmpty)
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, stop);
            await stream.WriteAsync(answer, stop);
        }
    }

    private byte[] Answer(byte[] request)
    {
        var reader = new WireReader(request);
        var (api, version, correlation) = (reader.Int16(), reader.Int16(), reader.Int32());
        reader.Text();
        _isEmpty = false;
        lock (kafka.Gate)
        {
            var body = api switch
            {
                ApiVersions => Versions(version),
                Metadata => version >= 10 ? DescribeWithIds(ref reader) : Describe(ref reader, version),
                ListOffsets => Offsets(ref reader),
                Fetch => Records(ref reader, version),
                SaslHandshake => new WireWriter().Int16(0).Int32(1).Text("PLAIN"),
                SaslAuthenticate => Login(ref reader),
                _ => throw new IOException($"Nobody answers {api}."),
            };
            var bytes = body.ToArray();
            return [.. new WireWriter().Int32(bytes.Length + 4).Int32(correlation).ToArray(), .. bytes];
        }
    }

    private WireWriter Versions(short version)
    {
        (short Api, short Newest)[] known = [(Produce, 2), (Fetch, 3), (ListOffsets, 1), (Metadata, kafka.NewestMetadata), (ApiVersions, 0)];
        var body = new WireWriter().Int16(version > 0 ? UnsupportedVersion : 0).Int32(known.Length);
        foreach (var (api, newest) in known)
            body.Int16(api).Int16(0).Int16(newest);
        return body;
    }

    private WireWriter Login(ref WireReader reader)
    {
        var login = Encoding.UTF8.GetString(reader.Take(reader.Int32())).Split('\0');
        return new WireWriter().Int16(login is ["", "bascule", var password] && password == kafka.Password ? 0 : SaslFailed).Text("").Int32(0);
    }

    /// <summary>Version 4, as librdkafka 2.0 asks, or 2.</summary>
    private WireWriter Describe(ref WireReader reader, short version)
    {
        var count = reader.Int32();
        var names = new List<string>(count < 0 ? kafka.Topics.Keys : []);
        for (; count > 0; count--)
            names.Add(reader.Text());
        var body = new WireWriter();
        if (version >= 3)
            body.Int32(0);
        body.Int32(1).Int32(1).Text("127.0.0.1").Int32(kafka.Port).Int16(-1).Text("fake-cluster").Int32(1).Int32(names.Count);
        foreach (var name in names)
        {
            var topic = kafka.Topics.GetValueOrDefault(name);
            body.Int16(topic is null ? UnknownTopic : 0).Text(name).Byte(0).Int32(topic?.Partitions.Count ?? 0);
            for (var partition = 0; partition < (topic?.Partitions.Count ?? 0); partition++)
                body.Int16(0).Int32(partition).Int32(1).Int32(1).Int32(1).Int32(1).Int32(1);
        }

        return body;
    }

    /// <summary>Version 10.</summary>
    private WireWriter DescribeWithIds(ref WireReader reader)
    {
        reader.Byte(); // no tags
        var names = new List<string>();
        for (var count = reader.Varint(); count > 1; count--)
        {
            reader.Take(16);
            names.Add(reader.CompactText());
            reader.Byte();
        }

        var body = new WireWriter().Byte(0).Int32(0)
            .Varint(2).Int32(1).CompactText("127.0.0.1").Int32(kafka.Port).Byte(0).Byte(0)
            .CompactText("fake-cluster").Int32(1).Varint(names.Count + 1);
        foreach (var name in names)
        {
            var topic = kafka.Topics.GetValueOrDefault(name);
            body.Int16(topic is null ? UnknownTopic : 0).CompactText(name).Raw((topic?.Id ?? Guid.Empty).ToByteArray(bigEndian: true));
            body.Byte(0).Varint((topic?.Partitions.Count ?? 0) + 1);
            for (var partition = 0; partition < (topic?.Partitions.Count ?? 0); partition++)
                body.Int16(0).Int32(partition).Int32(1).Int32(0).Varint(2).Int32(1).Varint(2).Int32(1).Varint(1).Byte(0);
            body.Int32(0).Byte(0);
        }

        return body.Int32(0).Byte(0); // operations on the cluster
    }

    private WireWriter Offsets(ref WireReader reader)
    {
        reader.Int32();
        var topics = reader.Int32();
        var body = new WireWriter().Int32(topics);
        for (; topics > 0; topics--)
        {
            var name = reader.Text();
            var partitions = reader.Int32();
            body.Text(name).Int32(partitions);
            for (; partitions > 0; partitions--)
            {
                var (index, time) = (reader.Int32(), reader.Int64());
                var log = Find(name, index);
                var offset = log is null ? -1 : time switch
                {
                    -1 => log.High,
                    -2 => log.Low,
                    _ => log.Records.Where(r => r.UnixMilliseconds >= time).Select(r => r.Offset).DefaultIfEmpty(-1).First(),
                };
                body.Int32(index).Int16(log is null ? UnknownTopic : 0).Int64(-1).Int64(offset);
            }
        }

        return body;
    }

    private WireWriter Records(ref WireReader reader, short version)
    {
        reader.Take(version >= 3 ? 16 : 12); // replica, longest wait, least and most bytes
        var topics = reader.Int32();
        var body = new WireWriter().Int32(0).Int32(topics);
        _isEmpty = true;
        for (; topics > 0; topics--)
        {
            var name = reader.Text();
            var partitions = reader.Int32();
            body.Text(name).Int32(partitions);
            for (; partitions > 0; partitions--)
            {
                var (index, offset) = (reader.Int32(), reader.Int64());
                reader.Int32();
                Records(body.Int32(index), Find(name, index), offset);
            }
        }

        return body;
    }

    private void Records(WireWriter body, FakePartition? log, long offset)
    {
        if (log is null || offset < log.Low || offset > log.High)
        {
            body.Int16(log is null ? UnknownTopic : OffsetOutOfRange).Int64(-1).Int32(0);
            return;
        }

        var set = new WireWriter();
        foreach (var (at, value, time) in log.Records.Where(r => r.Offset >= offset).Take(MostRecords))
        {
            _isEmpty = false;
            var payload = Encoding.UTF8.GetBytes(value);
            // A message of version 1: checksum (not looked at), version, attributes, time, no key, value.
            set.Int64(at).Int32(4 + 1 + 1 + 8 + 4 + 4 + payload.Length).Int32(0).Byte(1).Byte(0).Int64(time).Int32(-1).Int32(payload.Length).Raw(payload);
        }

        var bytes = set.ToArray();
        body.Int16(0).Int64(log.High).Int32(bytes.Length).Raw(bytes);
    }

    private FakePartition? Find(string topic, int partition) =>
        kafka.Topics.TryGetValue(topic, out var found) && partition < found.Partitions.Count ? found.Partitions[partition] : null;
}
