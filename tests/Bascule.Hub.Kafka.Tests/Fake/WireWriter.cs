using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Bascule.Hub.Kafka.Tests;

/// <summary>Writes an answer as the protocol guide of Apache Kafka has it.</summary>
internal sealed class WireWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public WireWriter Byte(int value)
    {
        return Raw([(byte)value]);
    }

    public WireWriter Int16(int value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteInt16BigEndian(bytes, (short)value);
        return Raw(bytes);
    }

    public WireWriter Int32(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return Raw(bytes);
    }

    public WireWriter Int64(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return Raw(bytes);
    }

    public WireWriter Text(string value) => Int16(Encoding.UTF8.GetByteCount(value)).Raw(Encoding.UTF8.GetBytes(value));

    public WireWriter Varint(int value)
    {
        for (; value >= 0x80; value >>= 7)
            Byte(value | 0x80);
        return Byte(value);
    }

    public WireWriter CompactText(string value) => Varint(Encoding.UTF8.GetByteCount(value) + 1).Raw(Encoding.UTF8.GetBytes(value));

    public WireWriter Raw(ReadOnlySpan<byte> value)
    {
        _bytes.Write(value);
        return this;
    }

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();
}
