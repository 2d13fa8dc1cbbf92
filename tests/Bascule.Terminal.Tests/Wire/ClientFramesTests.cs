using System.Text;

namespace Bascule.Terminal.Tests;

/// <summary>What is read of the frames of clients, and what is refused.</summary>
public sealed class ClientFramesTests
{
    [Fact]
    public void Input_lies_in_the_message_that_was_read()
    {
        byte[] message = [TermChannel.Input, 1, 2, 3];

        Assert.Null(ClientFrames.Read(message, out var frame));

        Assert.Equal(ClientFrameKind.Input, frame.Kind);
        Assert.Equal([1, 2, 3], frame.Bytes.ToArray());
    }

    [Fact]
    public void An_ack_is_a_channel_and_an_offset_of_eight_bytes()
    {
        Assert.Null(ClientFrames.Read(new byte[] { 18, 2, 0, 0, 0, 1, 0, 0, 0, 5 }, out var frame));

        Assert.Equal((ClientFrameKind.Ack, (byte)2, (1UL << 32) + 5), (frame.Kind, frame.Channel, frame.Number));
    }

    [Fact]
    public void A_hello_needs_a_name_only()
    {
        Assert.Null(Read(TermChannel.Hello, """{"client":"k3v9","new":[1]}""", out var frame));

        Assert.Equal(new HelloFrame("k3v9", null, null, null, 0, 0, null, false), frame.Hello);
        Assert.Equal(ViewerRole.Write, frame.Hello!.Wish);
    }

    [Fact]
    public void A_resize_has_the_names_of_Kubernetes()
    {
        Assert.Null(Read(TermChannel.Resize, """{"Width":120,"Height":40}""", out var frame));

        Assert.Equal(new ResizeFrame(120, 40), frame.Size);
    }

    [Theory]
    [InlineData("""{"take":true}""")]
    [InlineData("""{"role":"read"}""")]
    [InlineData("""{"signal":"SIGINT"}""")]
    public void A_request_is_one_of_three(string json)
    {
        Assert.Null(Read(TermChannel.Request, json, out var frame));
        Assert.NotNull(frame.Request);
    }

    [Theory]
    [InlineData(TermChannel.Hello, "")]
    [InlineData(TermChannel.Hello, "null")]
    [InlineData(TermChannel.Hello, "[]")]
    [InlineData(TermChannel.Hello, """{"client":""}""")]
    [InlineData(TermChannel.Hello, """{"client":"../../etc"}""")]
    [InlineData(TermChannel.Hello, """{"client":"a","from":-1}""")]
    [InlineData(TermChannel.Hello, """{"client":"a","from":1e40}""")]
    [InlineData(TermChannel.Hello, """{"client":"a","role":"owner"}""")]
    [InlineData(TermChannel.Resize, """{"Width":"wide"}""")]
    [InlineData(TermChannel.Resize, "{\"Width\":1}\0")]
    [InlineData(TermChannel.Request, "{}")]
    [InlineData(TermChannel.Request, """{"take":true,"role":"read"}""")]
    [InlineData(TermChannel.Request, """{"role":"write"}""")]
    [InlineData(TermChannel.Request, """{"signal":"SIGSEGV"}""")]
    public void What_is_wrong_in_the_json_is_a_fault_with_a_name(byte channel, string json)
    {
        var fault = Read(channel, json, out _);

        Assert.Equal((4400, "bad_frame"), (fault!.Code, fault.Label));
        Assert.NotEmpty(fault.Text);
    }

    [Fact]
    public void No_bytes_make_more_than_a_fault()
    {
        var random = new Random(18);
        for (var i = 0; i < 50_000; i++)
        {
            var message = new byte[random.Next(0, 40)];
            random.NextBytes(message);
            if (message.Length > 0 && random.Next(2) == 0)
                message[0] = (byte)random.Next(0, 26);

            var fault = ClientFrames.Read(message, out _);

            Assert.True(fault is null or { Code: 4400 or 4413 });
        }
    }

    [Fact]
    public void A_frame_of_64_KiB_and_its_channel_is_the_largest()
    {
        Assert.Null(ClientFrames.Read(new byte[ClientFrames.MostBytes], out _));
        Assert.Equal(WireFault.TooBig, ClientFrames.Read(new byte[ClientFrames.MostBytes + 1], out _));
    }

    private static WireFault? Read(byte channel, string json, out ClientFrame frame) => ClientFrames.Read((byte[])[channel, .. Encoding.UTF8.GetBytes(json)], out frame);
}
