using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Bascule.Hub;

/// <summary>What orders messages: one Kafka topic, one Redis stream, or what is published through a gateway. Another life of it is another log.</summary>
public readonly record struct LogId(ulong Value)
{
    /// <summary>The same text is the same log on every shard.</summary>
    public static LogId Of(string text) => new(BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text))));

    public override string ToString() => Value.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Where a message stands in its log.</summary>
public readonly record struct Position(LogId Log, int Partition, long Offset);
