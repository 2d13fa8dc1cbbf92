using System.IO.Compression;
using System.Text;

namespace Bascule.Diagnostics;

/// <summary>Compressed messages, block by block and from message to message: RFC 7692 §6, §7.2.</summary>
internal static class DeflateCases
{
    private const string Source = "RFC 7692 §7.2";
    private const string NoTakeover = "its messages may not refer to earlier ones";

    private static readonly byte[] Hello = "hello"u8.ToArray();

    internal static IEnumerable<ConformCase> All()
    {
        var table = new CaseTable(ServerAreas.Deflate);
        AddSizes(table);
        AddBlocks(table);
        AddTakeover(table);
        AddFragments(table);
        AddLarge(table);
        return table;
    }

    private static byte[] Prose(int length) => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, (length / 16) + 1).Select(i => $"message no {i:0000}, ")))[..length];

    private static Func<ConformStage, CancellationToken, Task<Observation>> Whole(int opcode, byte[] message, CompressionLevel level = CompressionLevel.Optimal, IReadOnlyList<int>? pieces = null) =>
        DeflateShape.Echo(DeflateShape.Plain, _ => null, () =>
        {
            using var deflater = new Deflater(level);
            return [DeflateShape.Compressed(opcode, deflater.Deflate(message))];
        }, [new Said(opcode, message)], pieces);

    private static void AddSizes(CaseTable table)
    {
        foreach (var length in (int[])[0, 1, 2, 125, 126, 1000, 65535, 65536, 200_000])
        {
            table.Add($"text-{length}", $"a compressed text of {length} bytes comes back", Source, Whole(1, Prose(length)));
            table.Add($"binary-{length}", $"a compressed binary message of {length} bytes comes back", Source, Whole(2, Sample.Binary(length)));
        }

        table.Add("noise", "bytes that compression makes longer come back", Source, Whole(2, Sample.Noise(5000)));
        foreach (var level in (CompressionLevel[])[CompressionLevel.NoCompression, CompressionLevel.Fastest, CompressionLevel.SmallestSize])
            table.Add($"level-{level.ToString().ToLowerInvariant()}", $"what zlib writes at its level {level} comes back", Source, Whole(1, Prose(3000), level));
        table.Add("bytes", "a compressed message that arrives byte by byte comes back", Source, Whole(1, Prose(500), pieces: [.. Enumerable.Repeat(1, 200)]));
        table.Add("plain", "a message that is not compressed comes back though compression was agreed", "RFC 7692 §6", DeflateShape.Echo([RawFrame.Text(Hello)], Said.Text(Hello)));
    }

    private static void AddBlocks(CaseTable table)
    {
        const string source = "RFC 7692 §7.2.3";
        Add("stored", "one stored block", w => w.Stored(Hello), Hello);
        Add("stored-empty", "an empty stored block before the rest", w => w.Stored([]).Fixed(Hello), Hello);
        Add("stored-two", "two stored blocks", w => w.Stored(Hello).Stored(Hello), [.. Hello, .. Hello]);
        Add("fixed", "one block with the fixed code", w => w.Fixed(Hello), Hello);
        Add("fixed-empty", "empty blocks with the fixed code", w => w.Fixed([]).Fixed(Hello).Fixed([]), Hello);
        Add("fixed-repeat", "a repetition that overlaps itself", w => w.Fixed("a"u8, repeats: (258, 1)), [.. Enumerable.Repeat((byte)'a', 259)]);
        Add("mixed", "a stored block, then one with the fixed code that refers to it", w => w.Stored(Hello).Fixed([], repeats: (5, 5)), [.. Hello, .. Hello]);
        Add("flush-points", "many empty stored blocks between the others", w => w.Fixed(Hello).Stored([]).Stored([]).Fixed(Hello).Stored([]), [.. Hello, .. Hello]);
        Add("final", "a block with BFINAL", w => w.Fixed(Hello, final: true), Hello);
        Add("final-stored", "a stored block with BFINAL", w => w.Stored(Hello, final: true), Hello);
        table.Add("blocks-final-twice", "a message after one that ended with BFINAL comes back", "RFC 7692 §7.2.3.4",
            DeflateShape.Echo([DeflateShape.Compressed(1, new DeflateWriter().Fixed(Hello, final: true).ToMessage()), DeflateShape.Compressed(1, new DeflateWriter().Fixed("again"u8).ToMessage())],
                Said.Text(Hello), Said.Text("again")));
        table.Add("empty-fixed", "an empty message written as an empty block with the fixed code comes back", "RFC 7692 §7.2.3.6", DeflateShape.Echo([DeflateShape.Compressed(1, [0x02, 0x00])], Said.Text("")));

        void Add(string id, string what, Func<DeflateWriter, DeflateWriter> write, byte[] message) =>
            table.Add($"blocks-{id}", $"a message made of {what} comes back", source, DeflateShape.Echo([DeflateShape.Compressed(1, write(new DeflateWriter()).ToMessage())], Said.Text(message)));
    }

    private static void AddTakeover(CaseTable table)
    {
        const string source = "RFC 7692 §7.1.1.2";
        var first = DeflateShape.Compressed(1, new DeflateWriter().Fixed(Hello).ToMessage());
        var repeat = DeflateShape.Compressed(1, new DeflateWriter().Fixed([], repeats: (5, 5)).ToMessage());
        Add("second", "a message that is only a repetition of the one before", [first, repeat], Said.Text(Hello), Said.Text(Hello));
        Add("many", "100 messages, each a repetition of the one before", [first, .. Enumerable.Repeat(repeat, 99)], [.. Enumerable.Repeat(Said.Text(Hello), 100)]);
        Add("past-plain", "a repetition of a compressed message, past one that is not compressed", [first, RawFrame.Text("plain"), repeat], Said.Text(Hello), Said.Text("plain"), Said.Text(Hello));
        Add("past-ping", "a repetition after a ping", [first, RawFrame.Ping(Hello), repeat], Said.Text(Hello), Said.Pong(Hello), Said.Text(Hello));
        Add("past-empty", "a repetition after an empty message", [first, DeflateShape.Compressed(1, [0]), repeat], Said.Text(Hello), Said.Text(""), Said.Text(Hello));
        var far = Sample.Text(32768);
        Add("farthest", "a repetition from 32768 bytes back", [DeflateShape.Compressed(1, new DeflateWriter().Stored(far).ToMessage()), DeflateShape.Compressed(1, new DeflateWriter().Fixed([], repeats: (258, 32768)).ToMessage())],
            Said.Text(far), Said.Text(far[..258]));
        table.Add("takeover-zlib", "20 messages that zlib compresses with its context come back", source, DeflateShape.Echo(
            DeflateShape.Plain, Fits, () =>
            {
                using var deflater = new Deflater();
                return [.. Enumerable.Range(0, 20).Select(i => DeflateShape.Compressed(1, deflater.Deflate(Prose(400 + i))))];
            }, [.. Enumerable.Range(0, 20).Select(i => Said.Text(Prose(400 + i)))]));
        foreach (var (id, parameter) in new[] { ("client", "client_no_context_takeover"), ("server", "server_no_context_takeover") })
            table.Add($"takeover-none-{id}", $"equal messages come back, each compressed by itself, under {parameter}", "RFC 7692 §7.1.1",
                DeflateShape.Echo($"{DeflateShape.Plain}; {parameter}", _ => null, () => [first, first, first], [Said.Text(Hello), Said.Text(Hello), Said.Text(Hello)]));

        void Add(string id, string what, IReadOnlyList<RawFrame> frames, params IReadOnlyList<Said> back) =>
            table.Add($"takeover-{id}", $"{what} comes back", source, DeflateShape.Echo(DeflateShape.Plain, Fits, () => frames, back));

        static string? Fits(DeflateTerms terms) => terms.ClientMayTakeOver ? null : NoTakeover;
    }

    private static void AddFragments(CaseTable table)
    {
        const string source = "RFC 7692 §6.1";
        var message = Prose(300);
        using var deflater = new Deflater();
        var payload = deflater.Deflate(message);
        foreach (var size in (int[])[1, 2, 7, 50])
            table.Add($"fragments-{size}", $"a compressed message in frames of {size} comes back", source, DeflateShape.Echo(Cut(payload.Chunk(size)), Said.Text(message)));
        table.Add("fragments-first-empty", "a compressed message whose first frame is empty comes back", source, DeflateShape.Echo(Cut([[], payload]), Said.Text(message)));
        table.Add("fragments-middle-empty", "a compressed message with an empty frame in its middle comes back", source, DeflateShape.Echo(Cut([payload[..9], [], payload[9..]]), Said.Text(message)));
        table.Add("fragments-last-empty", "a compressed message whose last frame is empty comes back", source, DeflateShape.Echo(Cut([payload, []]), Said.Text(message)));
        table.Add("fragments-ping", "a ping inside a compressed message is answered, and the message comes back", source,
            DeflateShape.Echo([DeflateShape.Compressed(1, payload[..9]) with { Final = false }, RawFrame.Ping(Hello), RawFrame.Continuation(payload[9..], final: true)], Said.Pong(Hello), Said.Text(message)));
        table.Add("fragments-plain", "a fragmented message that is not compressed comes back though compression was agreed", source,
            DeflateShape.Echo(Sample.Fragments(1, message, 100), Said.Text(message)));
        byte[] mixed = [0xC3, 0xA9, 0xE4, 0xB8, 0x96, 0xF0, 0x9F, 0x8C, 0x89];
        table.Add("fragments-character", "a compressed text cut inside a character comes back", source,
            DeflateShape.Echo(Cut(new DeflateWriter().Stored(mixed.AsSpan(0, 4)).Stored(mixed.AsSpan(4)).ToMessage().Chunk(9)), Said.Text(mixed)));

        static IReadOnlyList<RawFrame> Cut(IEnumerable<byte[]> parts)
        {
            var all = parts.ToArray();
            return [.. all.Select((part, i) => new RawFrame(i == 0 ? 1 : 0, part) { Final = i == all.Length - 1, Reserved = (byte)(i == 0 ? 0x40 : 0) })];
        }
    }

    private static void AddLarge(CaseTable table)
    {
        const int mebibyte = 1024 * 1024;
        table.Add("large-text", "a compressed text of 1 MiB comes back, or is refused with 1009", Source, Whole(1, Prose(mebibyte)));
        table.Add("large-noise", "1 MiB of noise, compressed, comes back, or is refused with 1009", Source, Whole(2, Sample.Noise(mebibyte)));
        table.Add("large-bomb", "16 MiB of zeros in 16 KB come back, or are refused with 1009", "RFC 7692 §8", Whole(2, new byte[16 * mebibyte]));
    }
}
