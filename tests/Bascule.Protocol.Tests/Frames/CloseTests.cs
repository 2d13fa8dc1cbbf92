using System.Text;

namespace Bascule.Protocol.Tests;

/// <summary>Close frames: what may be said in them, and how they are written.</summary>
public sealed class CloseTests
{
    [Theory]
    [InlineData("", FrameFault.None, 0, "")]
    [InlineData("03E8", FrameFault.None, 1000, "")]
    [InlineData("03E8627965", FrameFault.None, 1000, "bye")]
    [InlineData("1130C3A9", FrameFault.None, 4400, "é")]
    [InlineData("03", FrameFault.ClosePayloadOneByte, 0, "")]
    [InlineData("03ED", FrameFault.CloseCodeForbidden, 1005, "")]
    [InlineData("0000", FrameFault.CloseCodeForbidden, 0, "")]
    [InlineData("FFFF", FrameFault.CloseCodeForbidden, 65535, "")]
    [InlineData("03E8C3", FrameFault.CloseReasonNotUtf8, 1000, "")]
    [InlineData("03E8EDA080", FrameFault.CloseReasonNotUtf8, 1000, "")]
    [InlineData("03E8C080", FrameFault.CloseReasonNotUtf8, 1000, "")]
    public void A_close_payload_is_read_or_its_fault_named(string hex, FrameFault fault, int code, string reason)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.Equal(fault, ClosePayload.TryRead(bytes, out ClosePayload payload));
        Assert.Equal(new ClosePayload(code, reason), payload);
        Assert.Equal(fault, ClosePayload.TryRead(bytes, out var sameCode, out var reasonUtf8));
        Assert.Equal(code, sameCode);
        if (fault == FrameFault.None)
            Assert.Equal(reason, Encoding.UTF8.GetString(reasonUtf8));
    }

    [Fact]
    public void Only_the_codes_of_the_RFC_and_its_registry_may_be_sent()
    {
        var allowed = Enumerable.Range(-1, 70_000).Where(CloseCodes.MayBeSent);
        int[] expected = [1000, 1001, 1002, 1003, .. Enumerable.Range(1007, 8), .. Enumerable.Range(3000, 2000)];
        Assert.Equal(expected, allowed);
        foreach (var never in new[] { 1004, CloseCodes.NoStatus, CloseCodes.Abnormal, CloseCodes.TlsHandshake })
            Assert.False(CloseCodes.MayBeSent(never));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0x04030201u)]
    public void A_written_close_frame_is_read_back(uint? key)
    {
        var (header, payload) = Written(4401, "token_expired; retry=now", key);
        Assert.Equal((Opcode.Close, true, key is not null), (header.Opcode, header.Final, header.Masked));
        Assert.Equal(FrameFault.None, ClosePayload.TryRead(payload, out ClosePayload read));
        Assert.Equal(new ClosePayload(4401, "token_expired; retry=now"), read);
    }

    [Theory]
    [InlineData('a', 123, 123)]
    [InlineData('a', 500, 123)]
    [InlineData('é', 100, 122)]
    [InlineData('€', 100, 123)]
    public void A_long_reason_is_cut_between_characters(char letter, int count, int expectedBytes)
    {
        var (header, payload) = Written(1000, new string(letter, count), null);
        Assert.Equal(2 + expectedBytes, header.PayloadLength);
        Assert.Equal(FrameFault.None, ClosePayload.TryRead(payload, out ClosePayload _));
    }

    [Fact]
    public void A_reason_of_surrogate_pairs_or_halves_stays_UTF8()
    {
        foreach (var reason in new[] { string.Concat(Enumerable.Repeat("😀", 40)), "a\uD83D", "\uDE00b", "x\uD83Dy" })
        {
            var (_, payload) = Written(1000, reason, null);
            Assert.Equal(FrameFault.None, ClosePayload.TryRead(payload, out ClosePayload _));
        }
    }

    [Fact]
    public void Code_zero_writes_an_empty_payload_and_forbidden_codes_are_refused()
    {
        var bytes = new byte[ControlFrame.MaxLength];
        Assert.Equal(2, ControlFrame.WriteClose(bytes, 0, "ignored", null));
        Assert.Equal([0x88, 0], bytes[..2]);
        Assert.Throws<ArgumentOutOfRangeException>(() => ControlFrame.WriteClose(bytes, 1006, "", null));
    }

    [Fact]
    public void A_ping_fills_the_longest_frame_and_no_more()
    {
        var bytes = new byte[ControlFrame.MaxLength];
        Assert.Equal(ControlFrame.MaxLength, ControlFrame.Write(bytes, Opcode.Ping, new byte[125], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ControlFrame.Write(new byte[200], Opcode.Ping, new byte[126], null));
        Assert.Throws<ArgumentOutOfRangeException>(() => ControlFrame.Write(bytes, Opcode.Text, default, null));
    }

    [Fact]
    public void A_pong_may_be_written_over_the_ping_that_it_answers()
    {
        byte[] bytes = [0x89, 3, 1, 2, 3, 0, 0, 0, 0];
        Assert.Equal(9, ControlFrame.Write(bytes, Opcode.Pong, bytes.AsSpan(2, 3), 0x0A0A0A0A));
        Assert.Equal([0x8A, 0x83, 10, 10, 10, 10, 11, 8, 9], bytes);
    }

    private static (FrameHeader Header, byte[] Payload) Written(int code, string reason, uint? key)
    {
        var bytes = new byte[ControlFrame.MaxLength];
        var length = ControlFrame.WriteClose(bytes, code, reason, key);
        Assert.True(FrameHeader.TryRead(bytes, out var header).IsComplete);
        Assert.Equal(length, header.FrameLength);
        var payload = bytes[header.HeaderLength..length];
        Masking.Apply(payload, header.MaskKey);
        return (header, payload);
    }
}
