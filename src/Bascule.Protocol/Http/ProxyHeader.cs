using System.Buffers;
using System.Buffers.Binary;
using System.Net;

namespace Bascule.Protocol;

/// <summary>How far the reading of a PROXY protocol header came.</summary>
public enum ProxyRead
{
    NeedMore,
    Complete,

    /// <summary>These bytes are no such header, or a broken one; no more bytes can mend them.</summary>
    Fault,
}

/// <summary>The header that a proxy puts before the first byte of a client: the PROXY protocol of HAProxy, version 1 (text) or 2 (binary).</summary>
/// <param name="Source">The client as the proxy saw it. Null: the proxy speaks for itself (LOCAL), or does not know (UNKNOWN, UNIX sockets).</param>
/// <param name="Destination">The address that the client connected to, or null.</param>
/// <param name="Fault">With <see cref="ProxyRead.Fault"/>: one sentence that says what is wrong.</param>
/// <remarks>Source: haproxy, doc/proxy-protocol.txt.</remarks>
public readonly record struct ProxyHeader(IPEndPoint? Source, IPEndPoint? Destination, string? Fault = null)
{
    /// <summary>The longest header of version 2 that is read. nginx has the same bound; senders are told to stay below 536 bytes.</summary>
    public const int MaxBytes = 4096;

    // Version 1 says: 107 bytes at most, CRLF included.
    private const int MaxLineBytes = 107;
    private const int BinaryStart = 16;

    private static readonly SearchValues<byte> FourBytes = SearchValues.Create("0123456789."u8);
    private static readonly SearchValues<byte> SixBytes = SearchValues.Create("0123456789abcdefABCDEF:."u8);

    private static ReadOnlySpan<byte> LineSignature => "PROXY "u8;

    private static ReadOnlySpan<byte> BinarySignature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Reads a header from the start of the input. Nothing is kept between calls: give all the bytes again when more have come.</summary>
    /// <param name="consumed">Bytes of the header when complete, else 0.</param>
    /// <remarks>Never throws; allocates nothing but the two endpoints.</remarks>
    public static ProxyRead TryRead(ReadOnlySpan<byte> input, out ProxyHeader header, out int consumed)
    {
        header = default;
        consumed = 0;
        if (Begins(input, BinarySignature))
            return ReadBinary(input, out header, out consumed);
        if (Begins(input, LineSignature))
            return ReadLine(input, out header, out consumed);
        return Refuse("The connection does not begin with a PROXY protocol header.", out header);
    }

    /// <summary>Whether the input begins with the signature, as far as it goes.</summary>
    private static bool Begins(ReadOnlySpan<byte> input, ReadOnlySpan<byte> signature) =>
        input.Length < signature.Length ? signature.StartsWith(input) : input.StartsWith(signature);

    private static ProxyRead ReadLine(ReadOnlySpan<byte> input, out ProxyHeader header, out int consumed)
    {
        header = default;
        consumed = 0;
        var window = input[..Math.Min(input.Length, MaxLineBytes)];
        var end = window.IndexOfAny((byte)'\r', (byte)'\n');
        if (end < 0 || (window[end] == '\r' && end + 1 == window.Length))
        {
            return window.Length < MaxLineBytes
                ? ProxyRead.NeedMore
                : Refuse("The PROXY protocol line has no end within 107 bytes.", out header);
        }

        if (window[end] != '\r' || window[end + 1] != '\n')
            return Refuse("The PROXY protocol line does not end with CR LF.", out header);
        if (!TryLine(window[LineSignature.Length..end], out header))
            return Refuse("The PROXY protocol line is not `PROXY TCP4|TCP6 SOURCE DESTINATION PORT PORT` or `PROXY UNKNOWN`.", out header);
        consumed = end + 2;
        return ProxyRead.Complete;
    }

    private static bool TryLine(ReadOnlySpan<byte> line, out ProxyHeader header)
    {
        header = default;
        var kind = Word(ref line);

        // What follows UNKNOWN must be ignored, says the protocol.
        if (kind.SequenceEqual("UNKNOWN"u8))
            return true;
        var isFour = kind.SequenceEqual("TCP4"u8);
        if (!isFour && !kind.SequenceEqual("TCP6"u8))
            return false;
        if (!TryAddress(Word(ref line), isFour, out var source) || !TryAddress(Word(ref line), isFour, out var destination)
            || !TryPort(Word(ref line), out var sourcePort) || !TryPort(line, out var destinationPort))
            return false;
        header = new ProxyHeader(new IPEndPoint(source!, sourcePort), new IPEndPoint(destination!, destinationPort));
        return true;
    }

    private static ReadOnlySpan<byte> Word(ref ReadOnlySpan<byte> line)
    {
        var end = line.IndexOf((byte)' ');
        var word = end < 0 ? line : line[..end];
        line = end < 0 ? default : line[(end + 1)..];
        return word;
    }

    private static bool TryAddress(ReadOnlySpan<byte> text, bool isFour, out IPAddress? address)
    {
        address = null;

        // The framework reads `1`, `0x7f.1` and `::1%eth0` too; a proxy never writes them.
        if (isFour)
            return text.Count((byte)'.') == 3 && !text.ContainsAnyExcept(FourBytes) && !HasLeadingZero(text) && IPAddress.TryParse(text, out address);
        return text.Contains((byte)':') && !text.ContainsAnyExcept(SixBytes) && IPAddress.TryParse(text, out address);
    }

    private static bool HasLeadingZero(ReadOnlySpan<byte> address)
    {
        for (var i = 0; i + 1 < address.Length; i++)
        {
            if (address[i] == '0' && address[i + 1] != '.' && (i == 0 || address[i - 1] == '.'))
                return true;
        }

        return false;
    }

    private static bool TryPort(ReadOnlySpan<byte> text, out int port)
    {
        port = 0;
        if (text.Length is 0 or > 5 || (text[0] == '0' && text.Length > 1))
            return false;
        foreach (var digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9')
                return false;
            port = (port * 10) + digit - '0';
        }

        return port <= IPEndPoint.MaxPort;
    }

    private static ProxyRead ReadBinary(ReadOnlySpan<byte> input, out ProxyHeader header, out int consumed)
    {
        header = default;
        consumed = 0;
        var signature = BinarySignature.Length;
        if (input.Length > signature && input[signature] is not (0x20 or 0x21))
            return Refuse("The binary PROXY protocol header is not of version 2, or its command is neither LOCAL nor PROXY.", out header);
        if (input.Length > signature + 1 && !IsKnownFamily(input[signature + 1]))
            return Refuse("The binary PROXY protocol header names an address family or a transport that version 2 does not have.", out header);
        if (input.Length < BinaryStart)
            return ProxyRead.NeedMore;
        var length = BinaryPrimitives.ReadUInt16BigEndian(input[(signature + 2)..]);
        if (length > MaxBytes - BinaryStart)
            return Refuse("The binary PROXY protocol header is longer than 4096 bytes.", out header);

        var isLocal = input[signature] == 0x20;
        var addressBytes = AddressBytes(input[signature + 1]);
        if (!isLocal && length < AddressBlock(input[signature + 1]))
            return Refuse("The binary PROXY protocol header is too short for the addresses that it announces.", out header);
        if (input.Length < BinaryStart + length)
            return ProxyRead.NeedMore;
        consumed = BinaryStart + length;

        // Behind the addresses there are extensions (TLVs), which the length covers: nothing here needs them.
        if (!isLocal && addressBytes > 0)
            header = Addresses(input[BinaryStart..], addressBytes);
        return ProxyRead.Complete;
    }

    private static ProxyHeader Addresses(ReadOnlySpan<byte> block, int size)
    {
        var ports = block[(2 * size)..];
        return new ProxyHeader(
            new IPEndPoint(new IPAddress(block[..size]), BinaryPrimitives.ReadUInt16BigEndian(ports)),
            new IPEndPoint(new IPAddress(block.Slice(size, size)), BinaryPrimitives.ReadUInt16BigEndian(ports[2..])));
    }

    /// <summary>Family in the high half: unspecified, IPv4, IPv6, UNIX; transport in the low half: unspecified, stream, datagram.</summary>
    private static bool IsKnownFamily(byte value) => value >> 4 <= 3 && (value & 0xF) <= 2;

    /// <summary>Bytes of one address that can be used: those of TCP.</summary>
    private static int AddressBytes(byte family) => family switch
    {
        0x11 => 4,
        0x21 => 16,
        _ => 0,
    };

    /// <summary>Bytes that the addresses of the family take, used here or not.</summary>
    private static int AddressBlock(byte family) => (family >> 4) switch
    {
        1 => 12,
        2 => 36,
        3 => 216,
        _ => 0,
    };

    private static ProxyRead Refuse(string why, out ProxyHeader header)
    {
        header = new ProxyHeader(null, null, why);
        return ProxyRead.Fault;
    }
}
