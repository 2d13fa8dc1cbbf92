using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Bascule.Hub.Kafka;

/// <summary>Writes one request of the Kafka protocol: size, header, then what is added.</summary>
/// <remarks>Source: the protocol guide of Apache Kafka; header version 1, or 2 where the request is a flexible one (KIP-482).</remarks>
internal sealed class KafkaRequest
{
    private readonly ArrayBufferWriter<byte> _bytes = new(128);

    public KafkaRequest(KafkaApi api, short version, int correlation, bool isFlexible = false)
    {
        IsFlexible = isFlexible;
        Int32(0); // the size, known at the end
        Int16((short)api);
        Int16(version);
        Int32(correlation);
        Text("bascule");
        if (isFlexible)
            NoTags();
    }

    public bool IsFlexible { get; }

    public void Byte(byte value) => _bytes.Write([value]);

    public void Int16(short value)
    {
        BinaryPrimitives.WriteInt16BigEndian(_bytes.GetSpan(2), value);
        _bytes.Advance(2);
    }

    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(_bytes.GetSpan(4), value);
        _bytes.Advance(4);
    }

    public void Text(string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        Int16((short)bytes.Length);
        _bytes.Write(bytes);
    }

    /// <summary>Length plus one as a varint, then the bytes.</summary>
    public void CompactText(string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        Varint((uint)bytes.Length + 1);
        _bytes.Write(bytes);
    }

    public void Varint(uint value)
    {
        for (; value >= 0x80; value >>= 7)
            Byte((byte)(value | 0x80));
        Byte((byte)value);
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Int32(value.Length);
        _bytes.Write(value);
    }

    public void Zeros(int count)
    {
        _bytes.GetSpan(count)[..count].Clear();
        _bytes.Advance(count);
    }

    public void NoTags() => Byte(0);

    public byte[] ToArray()
    {
        var whole = _bytes.WrittenSpan.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(whole, whole.Length - 4);
        return whole;
    }
}

internal enum KafkaApi : short
{
    Metadata = 3,
    SaslHandshake = 17,
    ApiVersions = 18,
    SaslAuthenticate = 36,
}
