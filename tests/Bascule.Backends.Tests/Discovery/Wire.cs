using System.Net;
using System.Text;

namespace Bascule.Backends.Tests;

/// <summary>Writes DNS answers byte by byte, as another program would.</summary>
internal static class Wire
{
    /// <summary>A pointer to the name in the question.</summary>
    internal static readonly byte[] Asked = [0xc0, 12];

    internal static byte[] Answer(ReadOnlySpan<byte> question, params byte[][] records) => Answer(question, 0x8180, records);

    /// <param name="flags">0x8180: an answer, recursion desired and available, no error.</param>
    internal static byte[] Answer(ReadOnlySpan<byte> question, int flags, params byte[][] records)
    {
        byte[] message = [.. question, .. records.SelectMany(record => record)];
        (message[2], message[3], message[7]) = ((byte)(flags >> 8), (byte)flags, (byte)records.Length);
        return message;
    }

    internal static byte[] Record(byte[] owner, DnsType type, uint seconds, params byte[] content) =>
    [
        .. owner, 0, (byte)type, 0, 1, (byte)(seconds >> 24), (byte)(seconds >> 16), (byte)(seconds >> 8), (byte)seconds,
        (byte)(content.Length >> 8), (byte)content.Length, .. content,
    ];

    internal static byte[] Address(string address, uint seconds = 60) => Address(Asked, address, seconds);

    internal static byte[] Address(byte[] owner, string address, uint seconds = 60)
    {
        var parsed = IPAddress.Parse(address);
        return Record(owner, parsed.GetAddressBytes().Length == 4 ? DnsType.A : DnsType.Aaaa, seconds, parsed.GetAddressBytes());
    }

    internal static byte[] Alias(byte[] owner, string target, uint seconds = 60) => Record(owner, DnsType.Cname, seconds, Name(target));

    internal static byte[] Service(string target, int port, int priority, int weight) => Record(
        Asked, DnsType.Srv, 60, [(byte)(priority >> 8), (byte)priority, (byte)(weight >> 8), (byte)weight, (byte)(port >> 8), (byte)port, .. Name(target)]);

    internal static byte[] Name(string name) =>
        [.. name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];
}
