using System.Buffers.Binary;
using System.Text;

namespace Bascule.Hub.Kafka;

/// <summary>Reads the body of an answer of the Kafka protocol.</summary>
/// <exception cref="InvalidDataException">From every method, when the bytes end too early or a length is not possible.</exception>
internal ref struct KafkaAnswer(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public short Int16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    public Guid Uuid() => new(Take(16), bigEndian: true);

    public string? Text()
    {
        var length = Int16();
        return length < 0 ? null : Encoding.UTF8.GetString(Take(length));
    }

    public string? CompactText()
    {
        var length = Varint();
        return length == 0 ? null : Encoding.UTF8.GetString(Take((int)length - 1));
    }

    /// <summary>Entries of an array; null counts as empty.</summary>
    public int Count() => Bounded(Int32());

    public int CompactCount() => Bounded((int)Varint() - 1);

    public void SkipBytes(int count) => Take(count);

    public void SkipTags()
    {
        for (var tags = Varint(); tags > 0; tags--)
        {
            Varint();
            Take((int)Varint());
        }
    }

    private uint Varint()
    {
        uint value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var part = Take(1)[0];
            value |= (uint)(part & 0x7f) << shift;
            if (part < 0x80)
                return value;
        }

        throw new InvalidDataException("A broker's answer has a number that does not end.");
    }

    /// <summary>An entry has one byte at least, so that a wrong count ends here and not after a long loop.</summary>
    private readonly int Bounded(int count) =>
        count <= _rest.Length ? Math.Max(count, 0) : throw new InvalidDataException($"A broker's answer names {count} entries in {_rest.Length} bytes.");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _rest.Length)
            throw new InvalidDataException($"A broker's answer ends after {_rest.Length} bytes where {count} should follow.");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
