namespace Bascule.Diagnostics;

/// <summary>Lengths, masks, and frames that arrive in pieces: RFC 6455 §5.2, §5.3.</summary>
internal static class FramingCases
{
    private const string Source = "RFC 6455 §5.2";
    private const string MayAccept = "only the sender is told to use the shortest form (RFC 6455 §5.2)";

    // Around each border between the three forms of a length.
    private static readonly int[] Lengths = [0, 1, 2, 124, 125, 126, 127, 128, 255, 256, 257, 32767, 32768, 65534, 65535, 65536, 65537];

    internal static IEnumerable<ConformCase> All()
    {
        var table = new CaseTable(ServerAreas.Framing);
        foreach (var length in Lengths)
        {
            var (text, binary) = (Sample.Text(length), Sample.Binary(length));
            table.Add($"text-{length}", $"a text of {length} bytes comes back", Source, EchoShape.Of([RawFrame.Text(text)], Said.Text(text)));
            table.Add($"binary-{length}", $"a binary message of {length} bytes comes back", Source, EchoShape.Of([RawFrame.Binary(binary)], Said.Binary(binary)));
        }

        AddLongForms(table);
        AddMasks(table);
        AddSplits(table);
        return table;
    }

    private static void AddLongForms(CaseTable table)
    {
        var refusal = Refusal.Protocol with { MayTake = MayAccept };
        foreach (var (form, bits, lengths) in new[] { (LengthForm.Bits16, 16, (int[])[0, 5, 125]), (LengthForm.Bits64, 64, [0, 5, 126, 65535]) })
        {
            foreach (var length in lengths)
                table.Add($"long-{bits}-{length}", $"a length of {length} written in {bits} bits is refused", Source,
                    RefusalShape.Of(refusal, RawFrame.Text(Sample.Text(length)) with { Form = form }));
        }

        foreach (var (id, length) in new[] { ("top-bit", 0x8000_0000_0000_0005UL), ("top-bit-all", ulong.MaxValue) })
            table.Add($"length-{id}", $"a 64-bit length with its top bit set (0x{length:x}) is refused", Source,
                RefusalShape.Of(Refusal.Protocol, RawFrame.Text("hello") with { ClaimedLength = length }));
        table.Add("length-2-62", "a frame that claims 4 exabytes is refused before they arrive", "RFC 6455 §10.4",
            RefusalShape.Of(new Refusal(1009) { MayWait = "a server may wait for data that never come, as long as it sets nothing aside for them" },
                RawFrame.Binary([1, 2, 3]) with { ClaimedLength = 1UL << 62 }));
    }

    private static void AddMasks(CaseTable table)
    {
        foreach (var (name, key) in new[] { ("zero", 0u), ("ones", uint.MaxValue), ("bytes", 0x04030201u) })
            table.Add($"mask-{name}", $"a frame masked with 0x{key:x8} comes back", "RFC 6455 §5.3",
                EchoShape.Of([RawFrame.Text(Sample.Text(131)) with { MaskKey = key }], Said.Text(Sample.Text(131))));
        foreach (var (name, frame) in new[]
        {
            ("text", RawFrame.Text("bare text")), ("binary", RawFrame.Binary(Sample.Binary(8))), ("ping", RawFrame.Ping(Sample.Binary(8))), ("close", RawFrame.Close(1000, "unmasked")),
        })
        {
            table.Add($"unmasked-{name}", $"an unmasked {name} frame is refused", "RFC 6455 §5.1", RefusalShape.Of(Refusal.Protocol, frame with { Masked = false }));
        }

        table.Add("unmasked-empty", "an empty unmasked frame, two bytes long, is refused", "RFC 6455 §5.1",
            RefusalShape.Of(Refusal.Protocol with { MayWait = "a server may wait for four more bytes, where the mask should be" }, RawFrame.Text("") with { Masked = false }));
        table.Add("unmasked-second", "an unmasked frame after a masked one is refused", "RFC 6455 §5.1",
            RefusalShape.Of(Refusal.Protocol with { Before = "good"u8.ToArray(), Answers = 1 }, RawFrame.Text("good"), RawFrame.Text("bare text") with { Masked = false }));
    }

    private static void AddSplits(CaseTable table)
    {
        // 2 bytes of head, 4 of mask, 5 of payload: cut after each of them but the last.
        for (var cut = 1; cut < 11; cut++)
            table.Add($"split-short-{cut}", $"a short frame in two packets, cut after {cut} bytes, comes back", Source, EchoShape.Of([RawFrame.Text("hello")], [cut], Said.Text("hello")));
        var (medium, large) = (Sample.Text(300), Sample.Text(70_000));
        for (var cut = 1; cut <= 8; cut++)
            table.Add($"split-16-{cut}", $"a frame with a 16-bit length, cut after {cut} bytes, comes back", Source, EchoShape.Of([RawFrame.Text(medium)], [cut], Said.Text(medium)));
        for (var cut = 1; cut <= 14; cut++)
            table.Add($"split-64-{cut}", $"a frame with a 64-bit length, cut after {cut} bytes, comes back", Source, EchoShape.Of([RawFrame.Text(large)], [cut], Said.Text(large)));

        table.Add("bytes-text", "a text that arrives byte by byte comes back", Source,
            EchoShape.Of([RawFrame.Text(Sample.Text(130))], [.. Enumerable.Repeat(1, 138)], Said.Text(Sample.Text(130))));
        table.Add("bytes-ping", "a ping that arrives byte by byte is answered", Source, EchoShape.Of([RawFrame.Ping("byte by byte"u8.ToArray())], [.. Enumerable.Repeat(1, 18)], Said.Pong("byte by byte"u8.ToArray())));
        table.Add("packed-100", "100 messages in one packet come back in their order", Source,
            EchoShape.Of([.. Enumerable.Range(0, 100).Select(i => RawFrame.Text($"message {i}"))], [.. Enumerable.Range(0, 100).Select(i => Said.Text($"message {i}"))]));
        table.Add("packed-half", "one and a half messages in a packet, the rest in the next, come back", Source,
            EchoShape.Of([RawFrame.Text("first"), RawFrame.Text("second")], [11 + 5], Said.Text("first"), Said.Text("second")));
    }
}
