namespace Bascule.Diagnostics;

/// <summary>Compressed data that are wrong: RFC 7692 §6.2, RFC 1951 §3.2.3.</summary>
internal static class DeflateFaultCases
{
    private const string Source = "RFC 7692 §6.2";
    private const string MayWait = "zlib waits for the rest of a block without a word, and the RFC asks for no check";
    private const string MayKeep = "a window larger than agreed on does no harm to the one who reads";

    // The RFC says that the connection fails, not with which code.
    private static readonly Refusal Refused = Refusal.Payload with { Also = [1002], Before = null };
    private static readonly byte[] Hello = "hello"u8.ToArray();
    private static readonly byte[] Good = new DeflateWriter().Fixed(Hello).ToMessage();

    internal static IEnumerable<ConformCase> All()
    {
        var table = new CaseTable(ServerAreas.Deflate);
        foreach (var (id, what, payload) in new[]
        {
            ("reserved-block", "a block of the reserved type", new DeflateWriter().Reserved().ToMessage()),
            ("reserved-after", "a good block, then one of the reserved type", new DeflateWriter().Fixed(Hello).Reserved().ToMessage()),
            ("stored-lengths", "a stored block whose two lengths do not fit", (byte[])[0x00, 0x05, 0x00, 0x00, 0x00, .. Hello]),
            ("too-far", "a repetition from before the beginning", new DeflateWriter().Fixed(Hello, repeats: (5, 6)).ToMessage()),
            ("too-far-first", "a repetition of nothing", new DeflateWriter().Fixed([], repeats: (3, 1)).ToMessage()),
            ("garbage", "bytes without sense", [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
            ("dynamic-codes", "a dynamic block whose codes are too many", [0x05, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
        })
        {
            table.Add($"bad-{id}", $"{what} is refused", Source, DeflateShape.Refused(Refused, DeflateShape.Plain, _ => null, DeflateShape.Compressed(2, payload)));
        }

        foreach (var (id, what, payload) in new[]
        {
            ("stored-cut", "a stored block that ends too early", (byte[])[0x00, 0xFF, 0x00, 0x00, 0xFF, .. Hello]),
            ("fixed-cut", "a block with the fixed code that does not end", Good[..^2]),
            ("text", "plain text that claims to be compressed", "{\"a\":1}{\"a\":1}"u8.ToArray()),
        })
        {
            table.Add($"bad-{id}", $"{what} is refused", Source, DeflateShape.Refused(Refused with { MayTake = MayWait }, DeflateShape.Plain, _ => null, DeflateShape.Compressed(2, payload)));
        }

        AddLater(table);
        AddTerms(table);
        return table;
    }

    private static void AddLater(CaseTable table)
    {
        var bad = new DeflateWriter().Reserved().ToMessage();
        table.Add("bad-fragment", "a bad second fragment of a compressed message is refused", Source,
            DeflateShape.Refused(Refused, DeflateShape.Plain, _ => null,
                DeflateShape.Compressed(2, new DeflateWriter().Stored(Hello).ToMessage()[..^1]) with { Final = false }, RawFrame.Continuation(bad, final: true)));
        table.Add("bad-alone", "the server lives on after bad compressed data on another connection", Source, async (stage, interruption) =>
        {
            if (stage.Facts.NoDeflate is { } why)
                return Observation.NotApplicable(why);
            var (peer, _) = await stage.OpenAsync(DeflateShape.Plain, interruption);
            await using (peer)
            {
                await peer.SendAsync(DeflateShape.Compressed(2, bad), interruption);
                await peer.ReadToEndAsync(answerClose: true, interruption);
            }

            await using var next = await stage.OpenAsync(interruption);
            return Observation.Passed("the next connection was accepted");
        });
    }

    private static void AddTerms(CaseTable table)
    {
        const string noTakeover = $"{DeflateShape.Plain}; client_no_context_takeover";
        var repeat = DeflateShape.Compressed(2, new DeflateWriter().Fixed([], repeats: (5, 5)).ToMessage());
        table.Add("bad-takeover", "a repetition of the message before is refused under client_no_context_takeover", "RFC 7692 §7.1.1.2",
            DeflateShape.Refused(
                Refused with { Answers = 1, MayTake = "a context that was kept for nothing does no harm to the one who reads" }, noTakeover,
                terms => terms.ClientMayTakeOver ? "client_no_context_takeover is not confirmed, so it is only a hint" : null, DeflateShape.Compressed(2, Good), repeat));
        foreach (var bits in (int[])[8, 9, 12])
        {
            var distance = (1 << bits) + 44;
            table.Add($"bad-window-{bits}", $"a repetition from {distance} bytes back is refused with a window of {1 << bits} agreed", "RFC 7692 §7.1.2.2",
                DeflateShape.Refused(
                    Refused with { MayTake = MayKeep }, $"{DeflateShape.Plain}; client_max_window_bits={bits}",
                    terms => terms.ClientBits > bits ? $"its window is {1 << terms.ClientBits} bytes" : null,
                    DeflateShape.Compressed(2, new DeflateWriter().Fixed(Sample.Text(distance), repeats: (5, distance)).ToMessage())));
        }
    }
}
