using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Bascule.Backends;

/// <summary>Questions and answers of the DNS as bytes (RFC 1035 §4). Reading never throws and ends for any input.</summary>
public static class DnsWire
{
    private const int HeaderBytes = 12;
    private const int MaxNameBytes = 255; // RFC 1035 §2.3.4, like the 63 of a label
    private const int MaxLabelBytes = 63;
    private const int Internet = 1;
    private const int PointerMark = 0xc0;

    /// <summary>A question with recursion desired, or null when the name cannot be asked for.</summary>
    public static byte[]? Question(ushort id, string name, DnsType type)
    {
        var message = new List<byte>(HeaderBytes + name.Length + 6) { (byte)(id >> 8), (byte)id, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
        foreach (var label in name.Split('.'))
        {
            if (label.Length is 0 or > MaxLabelBytes || !label.All(IsOfName))
                return null;
            message.Add((byte)label.Length);
            message.AddRange(Encoding.ASCII.GetBytes(label));
        }

        message.AddRange([0, 0, (byte)type, 0, Internet]);
        return message.Count <= HeaderBytes + MaxNameBytes + 4 ? [.. message] : null;
    }

    /// <summary>Reads an answer.</summary>
    /// <param name="message">Bytes as they arrived.</param>
    /// <param name="question">Ours: id and question must come back in the answer (RFC 5452 §9.1); letters may differ in case.</param>
    /// <returns>Null: malformed, or no answer to this question.</returns>
    public static DnsMessage? Answer(ReadOnlySpan<byte> message, ReadOnlySpan<byte> question)
    {
        if (message.Length < question.Length || !message[..2].SequenceEqual(question[..2]) || !EchoesQuestion(message, question))
            return null;
        var flags = BinaryPrimitives.ReadUInt16BigEndian(message[2..]);

        // QR set, a standard query, one question.
        if ((flags & 0xf800) != 0x8000 || BinaryPrimitives.ReadUInt16BigEndian(message[4..]) != 1)
            return null;
        var isTruncated = (flags & 0x0200) != 0;
        var count = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        var records = new List<DnsRecord>();
        var at = question.Length;
        for (var i = 0; i < count; i++)
        {
            if (!TryReadRecord(message, ref at, records))
                return isTruncated ? new DnsMessage(flags & 0xf, true, []) : null;
        }

        return new DnsMessage(flags & 0xf, isTruncated, records);
    }

    private static bool EchoesQuestion(ReadOnlySpan<byte> message, ReadOnlySpan<byte> question)
    {
        // The length bytes of labels are below 'A', so that ignoring case does not touch them.
        for (var at = HeaderBytes; at < question.Length; at++)
        {
            if (Lower(message[at]) != Lower(question[at]))
                return false;
        }

        return true;
    }

    private static byte Lower(byte value) => value is >= (byte)'A' and <= (byte)'Z' ? (byte)(value | 0x20) : value;

    private static bool TryReadRecord(ReadOnlySpan<byte> message, ref int at, List<DnsRecord> records)
    {
        if (!TryReadName(message, ref at, out var owner) || at + 10 > message.Length)
            return false;
        var head = message[at..];
        var type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(head);
        var isInternet = BinaryPrimitives.ReadUInt16BigEndian(head[2..]) == Internet;
        var seconds = BinaryPrimitives.ReadInt32BigEndian(head[4..]);
        var length = BinaryPrimitives.ReadUInt16BigEndian(head[8..]);
        at += 10;
        if (at + length > message.Length)
            return false;

        // RFC 2181 §8: a time to live with the top bit is 0.
        var record = new DnsRecord(owner, type, TimeSpan.FromSeconds(Math.Max(0, seconds)));
        var start = at;
        at += length;
        return !isInternet || TryReadContent(message, start, length, record, records);
    }

    private static bool TryReadContent(ReadOnlySpan<byte> message, int at, int length, DnsRecord record, List<DnsRecord> records)
    {
        var end = at + length;
        switch (record.Type)
        {
            case DnsType.A when length == 4:
            case DnsType.Aaaa when length == 16:
                records.Add(record with { Address = new IPAddress(message[at..end]) });
                return true;
            case DnsType.Cname when TryReadName(message, ref at, out var alias) && at == end:
                records.Add(record with { Alias = alias });
                return true;
            case DnsType.Srv when length > 6:
                var head = message[at..];
                at += 6;
                if (!TryReadName(message, ref at, out var target) || at != end)
                    return false;
                records.Add(record with
                {
                    Service = new DnsService(
                        target, BinaryPrimitives.ReadUInt16BigEndian(head[4..]), BinaryPrimitives.ReadUInt16BigEndian(head), BinaryPrimitives.ReadUInt16BigEndian(head[2..])),
                });
                return true;
            default:
                // Other types are passed over (RFC 4034: signatures come along); ours with a wrong length are malformed.
                return record.Type is not (DnsType.A or DnsType.Aaaa or DnsType.Cname or DnsType.Srv);
        }
    }

    // A pointer must lead before everything read of this name so far: so there is no loop, and a name is read in as many steps as it has bytes.
    private static bool TryReadName(ReadOnlySpan<byte> message, ref int at, out string name)
    {
        var text = new StringBuilder();
        var here = at;
        var earliest = at;
        var after = -1;
        name = "";
        while (here < message.Length)
        {
            int length = message[here];
            if (length == 0)
            {
                at = after < 0 ? here + 1 : after;
                name = text.ToString();
                return true;
            }

            if ((length & PointerMark) == PointerMark)
            {
                if (here + 1 >= message.Length)
                    return false;
                var target = ((length & ~PointerMark) << 8) | message[here + 1];
                if (target >= earliest)
                    return false;
                after = after < 0 ? here + 2 : after;
                earliest = target;
                here = target;
                continue;
            }

            if (length > MaxLabelBytes || here + 1 + length > message.Length || text.Length + length + 1 > MaxNameBytes || !TryAppend(text, message.Slice(here + 1, length)))
                return false;
            here += 1 + length;
        }

        return false;
    }

    // Other bytes are legal in the DNS, but in no name of a host; a dot inside a label would even look like two of them.
    private static bool TryAppend(StringBuilder text, ReadOnlySpan<byte> label)
    {
        if (text.Length > 0)
            text.Append('.');
        foreach (var value in label)
        {
            if (!IsOfName((char)value))
                return false;
            text.Append((char)value);
        }

        return true;
    }

    private static bool IsOfName(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';
}
