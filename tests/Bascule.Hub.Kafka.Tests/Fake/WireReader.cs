using System.Buffers.Binary;
using System.Text;

namespace Bascule.Hub.Kafka.Tests;

/// <summary>Reads a request as the protocol guide of Apache Kafka has it.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public byte Byte() => Take(1)[0];

    public short Int16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    public string Text()
    {
        var length = Int16();
        return length < 0 ? "" : Encoding.UTF8.GetString(Take(length));
    }

    public string CompactText() => Encoding.UTF8.GetString(Take(Varint() - 1));

    public int Varint()
    {
        int value = 0, shift = 0;
        byte part;
        do
        {
            part = Byte();
            value |= (part & 0x7f) << shift;
            shift += 7;
        }
        while (part >= 0x80);
        return value;
    }

    public ReadOnlySpan<byte> Take(int count)
    {
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
