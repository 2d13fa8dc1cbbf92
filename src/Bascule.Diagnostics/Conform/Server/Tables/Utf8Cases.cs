using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>Text is UTF-8, whole, in fragments, compressed and in close reasons: RFC 6455 §8.1.</summary>
internal static class Utf8Cases
{
    private const string Source = "RFC 6455 §8.1";

    // Characters of two, three and four bytes: é 世 🌉.
    private static readonly byte[] Mixed = [0xC3, 0xA9, 0xE4, 0xB8, 0x96, 0xF0, 0x9F, 0x8C, 0x89];

    internal static IEnumerable<ConformCase> All()
    {
        var table = new CaseTable(ServerAreas.Utf8);
        foreach (var (id, what, bytes) in Utf8Samples.Valid)
            table.Add($"good-{id}", $"{what} comes back", Source, EchoShape.Of([RawFrame.Text(bytes)], Said.Text(bytes)));
        foreach (var (id, what, bytes) in Utf8Samples.Invalid)
            table.Add($"bad-{id}", $"{what} is refused", Source, RefusalShape.Of(Refusal.Payload, RawFrame.Text(bytes)));
        table.Add("binary", "bytes that are no UTF-8 come back in a binary message", Source, EchoShape.Of([RawFrame.Binary([0xFF, 0xC0, 0x80, 0xED, 0xA0])], Said.Binary([0xFF, 0xC0, 0x80, 0xED, 0xA0])));

        AddFragments(table);
        AddFailFast(table);
        AddReasons(table);
        AddCompressed(table);
        return table;
    }

    private static void AddFragments(CaseTable table)
    {
        for (var cut = 1; cut < Mixed.Length; cut++)
            table.Add($"split-{cut}", $"a text cut into fragments after byte {cut}, also inside a character, comes back", Source,
                EchoShape.Of([RawFrame.Text(Mixed[..cut]) with { Final = false }, RawFrame.Continuation(Mixed[cut..], final: true)], Said.Text(Mixed)));
        table.Add("split-all", "a text with each byte in a fragment of its own comes back", Source, EchoShape.Of(Sample.Fragments(1, Mixed, 1), Said.Text(Mixed)));
        table.Add("split-ping", "a ping inside a character is answered, and the text comes back", Source,
            EchoShape.Of([RawFrame.Text(Mixed[..4]) with { Final = false }, RawFrame.Ping([0xFF]), RawFrame.Continuation(Mixed[4..], final: true)], Said.Pong([0xFF]), Said.Text(Mixed)));
        table.Add("split-empty", "an empty fragment inside a character does no harm", Source,
            EchoShape.Of([RawFrame.Text(Mixed[..4]) with { Final = false }, RawFrame.Continuation([], final: false), RawFrame.Continuation(Mixed[4..], final: true)], Said.Text(Mixed)));

        var refusal = Refusal.Payload with { Before = Mixed };
        table.Add("split-cut", "a text that ends inside a character, in its last fragment, is refused", Source,
            RefusalShape.Of(refusal, RawFrame.Text(Mixed[..4]) with { Final = false }, RawFrame.Continuation(Mixed[4..8], final: true)));
        table.Add("split-cut-empty", "a character that is still open when an empty last fragment comes is refused", Source,
            RefusalShape.Of(refusal, RawFrame.Text(Mixed[..4]) with { Final = false }, RawFrame.Continuation([], final: true)));
        table.Add("split-surrogate", "a surrogate cut in two by a fragment is refused", Source,
            RefusalShape.Of(Refusal.Payload with { Before = [0xED, 0xA0] }, RawFrame.Text([0xED]) with { Final = false }, RawFrame.Continuation([0xA0, 0x80], final: true)));
        table.Add("split-not-carried", "a character does not go on in the next message", Source,
            RefusalShape.Of(refusal, RawFrame.Text(Mixed[..4]), RawFrame.Text(Mixed[4..])));
    }

    /// <summary>Bad text in a message that has not ended: a ping behind it tells whether it was looked at.</summary>
    private static void AddFailFast(CaseTable table)
    {
        foreach (var (id, what, bytes) in new[]
        {
            ("ff", "a byte that is never UTF-8", (byte[])[0x61, 0xFF]), ("surrogate", "a surrogate", [0x61, 0xED, 0xA0, 0x80]),
            ("surrogate-2", "the first two bytes of a surrogate", [0x61, 0xED, 0xA0]), ("110000", "the first two bytes of U+110000", [0x61, 0xF4, 0x90]),
            ("overlong", "the first byte of an overlong form", [0x61, 0xC0]),
        })
        {
            table.Add($"fast-{id}", $"{what} is refused before the message ends", Source, FailFast(RawFrame.Text(bytes) with { Final = false }));
        }
    }

    private static Func<ConformStage, CancellationToken, Task<Observation>> FailFast(RawFrame bad) => async (stage, interruption) =>
    {
        await using var peer = await stage.OpenAsync(interruption);
        await peer.SendAsync([bad, RawFrame.Ping("looked at"u8.ToArray())], interruption);
        List<FrameSeen> frames = [];
        PeerRead read;
        do
        {
            read = await peer.ReadAsync(interruption);
            if (read.Frame is { } frame)
                frames.Add(frame);
        }
        while (read.Frame is { Opcode: not ((int)Opcode.Close or (int)Opcode.Pong) });

        var isLate = read.Frame is { Opcode: (int)Opcode.Pong };
        if (read.Frame is not null)
            await peer.SendAsync(isLate ? RawFrame.Continuation("."u8.ToArray(), final: true) : RawFrame.Close(CloseCodes.InvalidPayload), interruption);
        var refusal = Refusal.Payload with { Before = bad.Payload };
        var rest = read.Frame is null ? new PeerEnding([], null, read.End)
            : isLate ? await RefusalShape.ListenAsync(peer, refusal, interruption) : await peer.ReadToEndAsync(answerClose: false, interruption);
        var ending = new PeerEnding([.. frames, .. rest.Frames], rest.Close ?? (isLate ? null : read.Frame), rest.End);
        var seen = RefusalShape.Judge(ending, refusal);
        return isLate && seen.Outcome != Outcome.Failed
            ? Observation.Lenient($"{ending}: refused only when the message had ended", "a close with 1007 at once; the RFC does not say when (RFC 6455 §8.1)")
            : seen;
    };

    private static void AddReasons(CaseTable table)
    {
        table.Add("reason-good", "a close with a reason in characters of two, three and four bytes is answered", "RFC 6455 §5.5.1", CloseShape.Answered(1000, null, RawFrame.Close(1000, "é世🌉")));
        foreach (var (id, what, bytes) in Utf8Samples.Invalid.Where(s => s.Id is "lone-80" or "cut-3-2" or "overlong-2-slash" or "surrogate-d800" or "110000" or "ff" or "latin1"))
            table.Add($"reason-{id}", $"a close whose reason has {what} is refused", Source, RefusalShape.Of(Refusal.Payload, RawFrame.Close([0x03, 0xE8, .. bytes])));
        table.Add("reason-cut-123", "a close whose reason of 123 bytes ends inside a character is refused", Source,
            RefusalShape.Of(Refusal.Payload, RawFrame.Close([0x03, 0xE8, .. Sample.Text(121), 0xE4, 0xB8])));
    }

    private static void AddCompressed(CaseTable table)
    {
        foreach (var (id, what, bytes) in Utf8Samples.Invalid.Where(s => s.Id is "lone-80" or "cut-3-2" or "overlong-2-slash" or "surrogate-d800" or "110000" or "ff"))
            table.Add($"deflate-{id}", $"{what} is refused in a compressed text", "RFC 7692 §6.2",
                RefusalShape.Of(Refusal.Payload, "permessage-deflate", RawFrame.Text(new DeflateWriter().Fixed(bytes).ToMessage()) with { Reserved = FrameHeader.Reserved1 }));
    }
}
