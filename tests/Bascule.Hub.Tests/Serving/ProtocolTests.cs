using System.Net.Sockets;
using System.Text;
using Bascule.Protocol;

namespace Bascule.Hub.Tests;

/// <summary>The rules of RFC 6455, as a client meets them.</summary>
public sealed class ProtocolTests
{
    [Fact]
    public async Task A_message_in_fragments_with_a_ping_between_them_is_one_message()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync();

        await guest.SendAsync(Opcode.Text, """{"type":"""u8.ToArray(), final: false);
        await guest.SendAsync(Opcode.Ping, [1, 2]);
        await guest.SendAsync(Opcode.Continuation, [], final: false);
        await guest.SendAsync(Opcode.Continuation, "\"ping\"}"u8.ToArray());

        Assert.Equal(Opcode.Pong, (await guest.ReadFrameAsync())!.Opcode);
        await guest.ReadAsync("pong");
    }

    [Fact]
    public async Task Bytes_may_come_one_by_one()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync();

        foreach (var one in HubGuest.Frame(Opcode.Text, """{"type":"ping"}"""u8.ToArray()))
            await guest.SendRawAsync([one]);

        await guest.ReadAsync("pong");
    }

    [Fact]
    public async Task Bytes_that_came_with_the_handshake_are_the_first()
    {
        await using var house = new HubHouse();
        var frame = HubGuest.Frame(Opcode.Text, """{"type":"ping","id":1}"""u8.ToArray());
        await using var guest = await house.ConnectAsync(early: [.. frame, .. frame[..5]]);
        await guest.SendRawAsync(frame[5..]);

        await guest.ReadAsync("welcome");
        await guest.ReadAsync("pong");
        await guest.ReadAsync("pong");
    }

    [Theory]
    [InlineData(30_000)]
    [InlineData(65_536)]
    public async Task A_large_message_is_put_together(int bytes)
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync();

        await guest.SendAsync("""{"type":"ping","id":5,"x":" """.TrimEnd() + new string('x', bytes - 29) + "\"}");

        Assert.Equal(5, (await guest.ReadAsync("pong")).GetProperty("id").GetInt32());
    }

    public static TheoryData<byte[], int> Broken => new()
    {
        { HubGuest.Frame(Opcode.Text, "{}"u8.ToArray(), mask: null), CloseCodes.ProtocolError },
        { HubGuest.Frame(Opcode.Text, "{}"u8.ToArray(), reserved: 0x40), CloseCodes.ProtocolError },
        { HubGuest.Frame(Opcode.Text, "{}"u8.ToArray(), reserved: 0x20), CloseCodes.ProtocolError },
        { HubGuest.Frame((Opcode)3, "{}"u8.ToArray()), CloseCodes.ProtocolError },
        { HubGuest.Frame(Opcode.Continuation, "{}"u8.ToArray()), CloseCodes.ProtocolError },
        { HubGuest.Frame(Opcode.Ping, [], final: false), CloseCodes.ProtocolError },
        { HubGuest.Frame(Opcode.Close, [3]), CloseCodes.ProtocolError },
        { HubGuest.Frame(Opcode.Close, [3, 0xED]), CloseCodes.ProtocolError },
        { [.. HubGuest.Frame(Opcode.Text, [1], final: false), .. HubGuest.Frame(Opcode.Text, [1])], CloseCodes.ProtocolError },
        { HubGuest.Frame(Opcode.Text, [0xC3, 0x28]), CloseCodes.InvalidPayload },
        { [.. HubGuest.Frame(Opcode.Text, [0xC3], final: false), .. HubGuest.Frame(Opcode.Continuation, [0x28])], CloseCodes.InvalidPayload },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task What_the_rules_forbid_ends_the_connection_with_the_code_for_it(byte[] bytes, int code)
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectAsync(HubHouse.Terms with { SpeaksBascule = false });

        await guest.SendRawAsync(bytes);

        Assert.Equal(code, (await guest.ReadCloseAsync()).Code);
        guest.Socket.Shutdown(SocketShutdown.Send);
        var end = await guest.End;
        Assert.Equal(("client_protocol_error", code), (end.Ending.Reason.Label, end.CloseCode));
        Assert.StartsWith("client_protocol_error; retry=never; attempt=", end.CloseReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_is_too_big_is_refused_by_its_header()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync();

        var frame = HubGuest.Frame(Opcode.Text, new byte[65_537]);
        await guest.SendRawAsync(frame[..100]);

        var close = await guest.ReadCloseAsync();
        Assert.Equal(4413, close.Code);
        Assert.StartsWith("message_too_big; limit=65536B; seen=65537B", close.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fragments_add_up_to_the_limit()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync(HubHouse.Terms with { Limits = Model.MessageLimits.None with { MessageBytes = 100 } });

        await guest.SendAsync(Opcode.Text, new byte[60], final: false);
        await guest.SendAsync(Opcode.Continuation, new byte[41]);

        Assert.Equal(4413, (await guest.ReadCloseAsync()).Code);
        guest.Socket.Shutdown(SocketShutdown.Send);
    }

    [Theory]
    [InlineData(1000, "done")]
    [InlineData(4123, "")]
    [InlineData(0, "")]
    public async Task A_client_that_closes_gets_its_own_words_back(int code, string reason)
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync();

        if (code == 0)
            await guest.SendAsync(Opcode.Close, []);
        else
            await guest.SendCloseAsync(code, reason);

        Assert.Equal((code, reason), await guest.ReadCloseAsync());
        Assert.Null(await guest.ReadFrameAsync());
        guest.Socket.Shutdown(SocketShutdown.Send);
        var end = await guest.End;
        Assert.Equal(("client_closed", code, reason), (end.Ending.Reason.Label, end.CloseCode, end.CloseReason));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_goes_without_a_word_is_lost(bool byReset)
    {
        await using var house = new HubHouse();
        var guest = await house.ConnectWelcomedAsync();

        if (byReset)
            guest.Socket.LingerState = new LingerOption(true, 0);
        guest.Socket.Dispose();

        Assert.Equal("client_lost", (await guest.End).Ending.Reason.Label);
    }

    [Fact]
    public async Task A_compressed_message_is_understood_where_that_was_agreed()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync(HubHouse.Terms with { Deflate = true });
        var compressed = Compress("""{"type":"ping","id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}""");

        await guest.SendAsync(Opcode.Text, compressed, reserved: 0x40);
        await guest.ReadAsync("pong");
        await guest.SendAsync(Opcode.Text, compressed[..10], final: false, reserved: 0x40);
        await guest.SendAsync(Opcode.Continuation, compressed[10..]);
        await guest.ReadAsync("pong");
        await guest.SendAsync("""{"type":"ping"}""");
        await guest.ReadAsync("pong");
    }

    [Fact]
    public async Task A_compressed_message_may_not_grow_beyond_the_limit()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync(HubHouse.Terms with { Deflate = true });

        await guest.SendAsync(Opcode.Text, Compress(new string(' ', 10_000_000)), reserved: 0x40);

        Assert.Equal(4413, (await guest.ReadCloseAsync()).Code);
        guest.Socket.Shutdown(SocketShutdown.Send);
    }

    [Fact]
    public async Task A_message_that_cannot_be_decompressed_ends_the_connection()
    {
        await using var house = new HubHouse();
        await using var guest = await house.ConnectWelcomedAsync(HubHouse.Terms with { Deflate = true });

        await guest.SendAsync(Opcode.Text, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF], reserved: 0x40);

        Assert.Equal(CloseCodes.InvalidPayload, (await guest.ReadCloseAsync()).Code);
        guest.Socket.Shutdown(SocketShutdown.Send);
    }

    private static byte[] Compress(string text)
    {
        var output = new MemoryStream();
        using var deflate = new System.IO.Compression.DeflateStream(output, System.IO.Compression.CompressionLevel.Optimal);
        deflate.Write(Encoding.UTF8.GetBytes(text));
        deflate.Flush();
        return output.ToArray()[..^4];
    }
}
