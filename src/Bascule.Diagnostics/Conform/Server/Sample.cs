namespace Bascule.Diagnostics;

/// <summary>Payloads that are easy to recognise when they come back changed.</summary>
internal static class Sample
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>ASCII text of this many bytes.</summary>
    internal static byte[] Text(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)Alphabet[(i + (i / 36)) % Alphabet.Length])];

    /// <summary>All byte values in turn, shifted in each round.</summary>
    internal static byte[] Binary(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i + (i >> 8)))];

    /// <summary>Bytes that no compression makes smaller: the same ones each time.</summary>
    internal static byte[] Noise(int length)
    {
        const int seed = 6455;
        var bytes = new byte[length];
#pragma warning disable CA5394 // Repeatable, not secret.
        new Random(seed).NextBytes(bytes);
#pragma warning restore CA5394
        return bytes;
    }

    /// <summary>A message cut into frames of at most this many bytes.</summary>
    internal static IReadOnlyList<RawFrame> Fragments(int opcode, byte[] message, int size)
    {
        var chunks = message.Chunk(size).ToArray();
        return [.. chunks.Select((chunk, i) => new RawFrame(i == 0 ? opcode : 0, chunk) { Final = i == chunks.Length - 1 })];
    }
}
