using System.Buffers;
using System.IO.Compression;
using System.Text;
using Bascule.Protocol;

namespace Bascule.Hub.Tests;

/// <summary>One frame of a server, as a client would read it.</summary>
internal sealed record WrittenFrame(Opcode Opcode, bool IsCompressed, byte[] Payload, int HeaderLength)
{
    internal string Text => Encoding.UTF8.GetString(Payload);
}

/// <summary>What an encoder wrote.</summary>
internal static class WrittenFrames
{
    internal static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    internal static SourceMessage Message(string payload, string topic = "prices.btc", string? key = null) => Message(Encoding.UTF8.GetBytes(payload), topic, key);

    internal static SourceMessage Message(byte[] payload, string topic = "prices.btc", string? key = null) =>
        new(topic, key, payload, new Position(new LogId(1), 0, 1), Noon);

    internal static byte[] Of(Action<ArrayBufferWriter<byte>> write)
    {
        var writer = new ArrayBufferWriter<byte>();
        write(writer);
        return writer.WrittenSpan.ToArray();
    }

    internal static WrittenFrame One(Action<ArrayBufferWriter<byte>> write) => Assert.Single(All(Of(write)));

    /// <summary>Frames by the rules for a server, decompressed.</summary>
    internal static IReadOnlyList<WrittenFrame> All(byte[] bytes)
    {
        var frames = new List<WrittenFrame>();
        var scanner = new FrameScanner(expectMasked: false, FrameHeader.Reserved1, int.MaxValue);
        while (bytes.Length > 0)
        {
            Assert.Equal(FrameStep.Part, scanner.Next(bytes, out var part));
            Assert.True(part is { Starts: true, Ends: true, Header.Final: true });
            var payload = bytes[part.Header.HeaderLength..part.Length];
            var isCompressed = part.Header.Reserved != 0;
            frames.Add(new WrittenFrame(part.Header.Opcode, isCompressed, isCompressed ? Inflate(payload) : payload, part.Header.HeaderLength));
            bytes = bytes[part.Length..];
        }

        return frames;
    }

    internal static byte[] Inflate(byte[] payload)
    {
        using var input = new MemoryStream([.. payload, 0, 0, 0xFF, 0xFF]);
        using var deflate = new DeflateStream(input, CompressionMode.Decompress);
        using var output = new MemoryStream();
        deflate.CopyTo(output);
        return output.ToArray();
    }
}
