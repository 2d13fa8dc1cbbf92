using System.Buffers.Binary;
using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Bascule.Protocol.Tests;

/// <summary>The header that proxies put before a connection (haproxy, doc/proxy-protocol.txt).</summary>
public sealed class ProxyHeaderTests
{
    private static readonly byte[] Signature = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    private static readonly Gen<byte[]> Line =
        from text in Gen.Elements(
            "PROXY TCP4 192.0.2.7 10.0.0.1 40000 443\r\n", "PROXY TCP6 2001:db8::1 ::1 1 65535\r\n", "PROXY UNKNOWN\r\n", "PROXY UNKNOWN x y\r\n",
            "PROXY TCP4 999.0.2.7 10.0.0.1 40000 443\r\n", "PROXY TCP4 192.0.2.7\r\n", "PROXY \n", "GET / HTTP/1.1\r\n")
        select Encoding.ASCII.GetBytes(text);

    private static readonly Gen<byte[]> Binary =
        from command in Gen.Elements<byte>(0x20, 0x21, 0x22, 0x11)
        from family in Gen.Elements<byte>(0x00, 0x11, 0x12, 0x21, 0x31, 0x41, 0x13)
        from length in Gen.Elements(0, 11, 12, 20, 36, 40, 216, 4080, 4081)
        select Version2(command, family, new byte[length]);

    private static readonly Gen<byte[]> Header =
        from header in Gen.OneOf(Line, Binary)
        from behind in Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(30)
        from at in Gen.Choose(0, 60)
        from change in Gen.Frequency((3, Gen.Constant(-1)), (1, Gen.Choose(0, 255)))
        select Changed([.. header, .. behind], at, change);

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.7 10.0.0.1 40000 443\r\n", "192.0.2.7:40000", "10.0.0.1:443")]
    [InlineData("PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n", "0.0.0.0:0", "255.255.255.255:65535")]
    [InlineData("PROXY TCP6 2001:db8::1 ::ffff:10.0.0.1 1 2\r\n", "[2001:db8::1]:1", "[::ffff:10.0.0.1]:2")]
    [InlineData("PROXY UNKNOWN\r\n", null, null)]
    [InlineData("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", null, null)]
    public void A_line_names_client_and_destination(string line, string? source, string? destination)
    {
        var input = Encoding.ASCII.GetBytes(line + "GET / HTTP/1.1\r\n");

        Assert.Equal(ProxyRead.Complete, ProxyHeader.TryRead(input, out var header, out var consumed));
        Assert.Equal((source, destination, line.Length), (header.Source?.ToString(), header.Destination?.ToString(), consumed));
    }

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.7 10.0.0.1 40000 443\n", "CR LF")]
    [InlineData("PROXY TCP4 192.0.2.7 10.0.0.1 40000 443\rX", "CR LF")]
    [InlineData("PROXY TCP4 192.0.2.7 10.0.0.1 40000\r\n", "is not `PROXY")]
    [InlineData("PROXY TCP4 192.0.2.7 10.0.0.1 40000 443 1\r\n", "is not `PROXY")]
    [InlineData("PROXY TCP4  192.0.2.7 10.0.0.1 40000 443\r\n", "is not `PROXY")]
    [InlineData("PROXY TCP4 192.0.2.07 10.0.0.1 40000 443\r\n", "is not `PROXY")]
    [InlineData("PROXY TCP4 192.0.2.256 10.0.0.1 40000 443\r\n", "is not `PROXY")]
    [InlineData("PROXY TCP4 192.0.519 10.0.0.1 40000 443\r\n", "is not `PROXY")]
    [InlineData("PROXY TCP4 ::1 ::1 40000 443\r\n", "is not `PROXY")]
    [InlineData("PROXY TCP6 192.0.2.7 10.0.0.1 40000 443\r\n", "is not `PROXY")]
    [InlineData("PROXY TCP6 fe80::1%1 ::1 40000 443\r\n", "is not `PROXY")]
    [InlineData("PROXY TCP4 192.0.2.7 10.0.0.1 65536 443\r\n", "is not `PROXY")]
    [InlineData("PROXY TCP4 192.0.2.7 10.0.0.1 040 443\r\n", "is not `PROXY")]
    [InlineData("PROXY TCP4 192.0.2.7 10.0.0.1 -1 443\r\n", "is not `PROXY")]
    [InlineData("PROXY UDP4 192.0.2.7 10.0.0.1 1 443\r\n", "is not `PROXY")]
    [InlineData("PROXY \r\n", "is not `PROXY")]
    [InlineData("PROXY\r\n", "does not begin")]
    [InlineData("proxy TCP4", "does not begin")]
    [InlineData("GET / HTTP/1.1\r\n", "does not begin")]
    [InlineData("\r\n\r\nX", "does not begin")]
    public void A_broken_line_is_refused_in_a_sentence(string line, string sentence)
    {
        Assert.Equal(ProxyRead.Fault, ProxyHeader.TryRead(Encoding.ASCII.GetBytes(line), out var header, out var consumed));
        Assert.Equal((0, null), (consumed, header.Source));
        Assert.Contains(sentence, header.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_ends_within_107_bytes()
    {
        var longest = Encoding.ASCII.GetBytes("PROXY UNKNOWN " + new string('x', 91) + "\r\n");
        var longer = Encoding.ASCII.GetBytes("PROXY UNKNOWN " + new string('x', 92) + "\r\n");

        Assert.Equal((ProxyRead.Complete, 107), (ProxyHeader.TryRead(longest, out _, out var consumed), consumed));
        Assert.Equal(ProxyRead.NeedMore, ProxyHeader.TryRead(longer.AsSpan(0, 106), out _, out _));
        Assert.Equal(ProxyRead.Fault, ProxyHeader.TryRead(longer, out var header, out _));
        Assert.Contains("107", header.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_binary_header_names_client_and_destination_and_its_extensions_are_passed_over()
    {
        byte[] four = [192, 0, 2, 7, 10, 0, 0, 1, 0x9C, 0x40, 0x01, 0xBB];
        byte[] six = [.. IPAddress.Parse("2001:db8::1").GetAddressBytes(), .. IPAddress.IPv6Loopback.GetAddressBytes(), 0, 1, 0, 2];
        byte[] extension = [0x03, 0x00, 0x04, 1, 2, 3, 4];

        Assert.Equal((ProxyRead.Complete, "192.0.2.7:40000", "10.0.0.1:443", 35), Read(Version2(0x21, 0x11, [.. four, .. extension]), 0x47));
        Assert.Equal((ProxyRead.Complete, "[2001:db8::1]:1", "[::1]:2", 52), Read(Version2(0x21, 0x21, six), 0x0D));
    }

    [Theory]
    [InlineData(0x20, 0x00, 0)]
    [InlineData(0x20, 0x11, 0)]
    [InlineData(0x20, 0x11, 12)]
    [InlineData(0x21, 0x00, 0)]
    [InlineData(0x21, 0x00, 40)]
    [InlineData(0x21, 0x31, 216)]
    [InlineData(0x21, 0x12, 12)]
    [InlineData(0x21, 0x22, 36)]
    public void A_proxy_that_speaks_for_itself_or_not_of_tcp_names_nobody(byte command, byte family, int length) =>
        Assert.Equal((ProxyRead.Complete, null, null, 16 + length), Read(Version2(command, family, new byte[length])));

    [Theory]
    [InlineData(0x11, 0x11, 12, "not of version 2")]
    [InlineData(0x22, 0x11, 12, "neither LOCAL nor PROXY")]
    [InlineData(0x21, 0x41, 12, "address family")]
    [InlineData(0x21, 0x13, 12, "transport")]
    [InlineData(0x21, 0x11, 11, "too short")]
    [InlineData(0x21, 0x21, 35, "too short")]
    [InlineData(0x21, 0x31, 215, "too short")]
    [InlineData(0x21, 0x11, 4081, "longer than 4096")]
    [InlineData(0x20, 0x00, 65535, "longer than 4096")]
    public void A_broken_binary_header_is_refused_as_soon_as_it_shows(byte command, byte family, int length, string sentence)
    {
        var head = Version2(command, family, new byte[length]).AsSpan(0, 16);

        Assert.Equal(ProxyRead.Fault, ProxyHeader.TryRead(head, out var header, out var consumed));
        Assert.Equal(0, consumed);
        Assert.Contains(sentence, header.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void The_longest_binary_header_has_4096_bytes() =>
        Assert.Equal((ProxyRead.Complete, ProxyHeader.MaxBytes), Read(Version2(0x21, 0x11, new byte[4080])) is var r ? (r.Read, r.Consumed) : default);

    [Fact]
    public void However_the_bytes_arrive_the_first_answer_that_is_not_need_more_stays() =>
        Prop.ForAll(Header.ToArbitrary(), bytes =>
        {
            var whole = ProxyHeader.TryRead(bytes, out var expected, out var consumed);
            for (var length = 0; length <= bytes.Length; length++)
            {
                var read = ProxyHeader.TryRead(bytes.AsSpan(0, length), out var header, out var taken);
                if (read == ProxyRead.NeedMore)
                    Assert.True(taken == 0 && (whole == ProxyRead.NeedMore || length < bytes.Length));
                else
                    Assert.Equal((whole, expected, consumed), (read, header, taken));
                if (whole == ProxyRead.Complete)
                    Assert.Equal(length >= consumed, read == ProxyRead.Complete);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void Pure_noise_is_refused_and_never_throws()
    {
        var noise = from start in Gen.Elements<byte[]>([], Signature, "PROXY "u8.ToArray()) from rest in Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf() select (byte[])[.. start, .. rest];
        Prop.ForAll(noise.ToArbitrary(), bytes =>
        {
            var read = ProxyHeader.TryRead(bytes, out var header, out var consumed);
            Assert.Equal(read == ProxyRead.Fault, header.Fault is not null);
            Assert.Equal(read == ProxyRead.Complete, consumed > 0);
            Assert.InRange(consumed, 0, bytes.Length);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    private static (ProxyRead Read, string? Source, string? Destination, int Consumed) Read(byte[] header, params byte[] behind)
    {
        var read = ProxyHeader.TryRead([.. header, .. behind], out var result, out var consumed);
        return (read, result.Source?.ToString(), result.Destination?.ToString(), consumed);
    }

    private static byte[] Version2(byte command, byte family, byte[] block)
    {
        byte[] bytes = [.. Signature, command, family, 0, 0, .. block];
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(14), (ushort)block.Length);
        return bytes;
    }

    private static byte[] Changed(byte[] bytes, int at, int change)
    {
        if (change >= 0 && at < bytes.Length)
            bytes[at] = (byte)change;
        return bytes;
    }
}
