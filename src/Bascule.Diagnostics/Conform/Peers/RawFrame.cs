using System.Buffers.Binary;
using System.Text;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>How many bytes of length a frame has (RFC 6455 §5.2), whether they are needed or not.</summary>
public enum LengthForm
{
    Shortest,
    Bits16,
    Bits64,
}

/// <summary>A frame to be sent, right or wrong: every bit of its header can be chosen.</summary>
/// <param name="Opcode">0 to 15.</param>
/// <param name="Payload">Not masked yet.</param>
public sealed record RawFrame(int Opcode, byte[] Payload)
{
    /// <summary>Any key will do: nobody in between has to be protected from these bytes (RFC 6455 §10.3).</summary>
    public const uint SomeMask = 0x3D21FA37;

    public bool Final { get; init; } = true;

    /// <summary>RSV1 to RSV3 as the bits 0x40, 0x20, 0x10.</summary>
    public byte Reserved { get; init; }

    public LengthForm Form { get; init; }

    /// <summary>What the header says, when it is not the length of the payload.</summary>
    public ulong? ClaimedLength { get; init; }

    /// <summary>Null leaves the choice to the peer: a client masks, a server does not.</summary>
    public bool? Masked { get; init; }

    public uint MaskKey { get; init; } = SomeMask;

    public static RawFrame Text(string text) => new(1, Encoding.UTF8.GetBytes(text));

    public static RawFrame Text(byte[] payload) => new(1, payload);

    public static RawFrame Binary(byte[] payload) => new(2, payload);

    public static RawFrame Continuation(byte[] payload, bool final) => new(0, payload) { Final = final };

    public static RawFrame Ping(byte[] payload) => new(9, payload);

    public static RawFrame Pong(byte[] payload) => new(10, payload);

    public static RawFrame Close(byte[] payload) => new(8, payload);

    /// <param name="code">Any number that fits two bytes, allowed or not.</param>
    public static RawFrame Close(int code, string reason = "") => Close([(byte)(code >> 8), (byte)code, .. Encoding.UTF8.GetBytes(reason)]);

    /// <summary>The frame as it goes over the wire.</summary>
    /// <param name="asClient">Whether the frame is masked when <see cref="Masked"/> does not say.</param>
    public byte[] ToBytes(bool asClient)
    {
        var masked = Masked ?? asClient;
        var claimed = ClaimedLength ?? (ulong)Payload.Length;
        var lengthBytes = Form switch { LengthForm.Bits16 => 2, LengthForm.Bits64 => 8, _ => claimed < 126 ? 0 : claimed <= ushort.MaxValue ? 2 : 8 };
        var head = 2 + lengthBytes + (masked ? 4 : 0);
        var bytes = new byte[head + Payload.Length];
        bytes[0] = (byte)((Final ? 0x80 : 0) | Reserved | Opcode);
        bytes[1] = (byte)((masked ? 0x80 : 0) | lengthBytes switch { 0 => (int)claimed, 2 => 126, _ => 127 });
        if (lengthBytes == 2)
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)claimed);
        else if (lengthBytes == 8)
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(2), claimed);
        Payload.CopyTo(bytes, head);
        if (masked)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(head - 4), MaskKey);
            Masking.Apply(bytes.AsSpan(head), BitConverter.ToUInt32(bytes, head - 4));
        }

        return bytes;
    }
}
