using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>How a connection ends: RFC 6455 §5.5.1, §7.</summary>
internal static class ClosingCases
{
    private const string Source = "RFC 6455 §5.5.1";
    private const string Codes = "RFC 6455 §7.4";

    private static readonly byte[] Late = CloseShape.Late;

    internal static IEnumerable<ConformCase> All()
    {
        var table = new CaseTable(ServerAreas.Closing);
        AddCodes(table);
        AddPayloads(table);
        AddAround(table);
        AddEnd(table);
        return table;
    }

    private static void AddCodes(CaseTable table)
    {
        foreach (var code in (int[])[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])
        {
            var mayRefuse = code is >= 1012 and <= 1014 ? "the code was registered after the RFC, and an older library does not know it" : null;
            table.Add($"code-{code}", $"a close with {code} is answered with {code}", code >= 1012 && code <= 1014 ? "IANA registry of close codes" : Codes,
                CloseShape.Answered(code, mayRefuse, RawFrame.Close(code)));
        }

        foreach (var code in (int[])[0, 1, 999, 1004, 1005, 1006, 1015])
            table.Add($"bad-code-{code}", $"a close with {code}, which never goes over the wire, is refused", Codes, RefusalShape.Of(Refusal.Protocol, RawFrame.Close(code)));
        foreach (var code in (int[])[1016, 1100, 2000, 2999, 5000, 65535])
            table.Add($"bad-code-{code}", $"a close with {code}, which nobody may use yet, is refused", Codes, Unassigned(code));
    }

    // The RFC says who may define these codes, not what becomes of one that nobody defined.
    private static Func<ConformStage, CancellationToken, Task<Observation>> Unassigned(int code) => async (stage, interruption) =>
    {
        await using var peer = await stage.OpenAsync(interruption);
        await peer.SendAsync(RawFrame.Close(code), interruption);
        var ending = await peer.ReadToEndAsync(answerClose: false, interruption);
        var isEchoed = ending.Close?.Payload is [var high, var low, ..] && ((high << 8) | low) == code;
        return isEchoed && ending.End is PeerEnd.Fin or PeerEnd.Reset
            ? Observation.Lenient($"a close with {code}, then {ending.End.Words()}", "a close with 1002; what a receiver does is not said (RFC 6455 §7.4.2)")
            : RefusalShape.Judge(ending, Refusal.Protocol);
    };

    private static void AddPayloads(CaseTable table)
    {
        table.Add("empty", "a close without a code is answered", Source, CloseShape.Answered(0, null, RawFrame.Close([])));
        table.Add("one-byte", "a close with a payload of one byte is refused", Source, RefusalShape.Of(Refusal.Protocol, RawFrame.Close([0x03])));
        table.Add("reason", "a close with a reason is answered", Source, CloseShape.Answered(1000, null, RawFrame.Close(1000, "work is done")));
        table.Add("reason-123", "a close with the longest reason, 123 bytes, is answered", Source, CloseShape.Answered(1000, null, RawFrame.Close([0x03, 0xE8, .. Sample.Text(123)])));
        foreach (var length in (int[])[124, 125, 1000])
            table.Add($"reason-{length}", $"a close with a reason of {length} bytes is refused: it makes the frame too long", "RFC 6455 §5.5",
                RefusalShape.Of(Refusal.Protocol, RawFrame.Close([0x03, 0xE8, .. Sample.Text(length)])));
        table.Add("fragmented", "a close without FIN is refused", "RFC 6455 §5.5", RefusalShape.Of(Refusal.Protocol, RawFrame.Close(1000) with { Final = false }));
        table.Add("bytes", "a close that arrives byte by byte is answered", Source, async (stage, interruption) =>
        {
            await using var peer = await stage.OpenAsync(interruption);
            await peer.SendInPiecesAsync(RawFrame.Close(4321, "slowly").ToBytes(asClient: true), Enumerable.Repeat(1, 20), interruption);
            return CloseShape.Judge(await peer.ReadToEndAsync(answerClose: false, interruption), 4321, null);
        });
    }

    private static void AddAround(CaseTable table)
    {
        table.Add("then-text", "a text after our close is ignored", Source, CloseShape.Answered(1000, null, RawFrame.Close(1000), RawFrame.Text(Late)));
        table.Add("then-ping", "a ping after our close does no harm", Source, CloseShape.Answered(1000, null, RawFrame.Close(1000), RawFrame.Ping(Late)));
        table.Add("then-close", "a second close does no harm", Source, CloseShape.Answered(1000, null, RawFrame.Close(1000), RawFrame.Close(1001)));
        table.Add("then-garbage", "bytes after our close that are no frame are ignored", Source, CloseShape.Answered(1000, null, RawFrame.Close(1000), new RawFrame(15, Late) { Reserved = 0x70 }));
        table.Add("inside-message", "a close between two fragments is answered, and the message forgotten", "RFC 6455 §5.4",
            CloseShape.Answered(1000, null, RawFrame.Text("") with { Final = false }, RawFrame.Close(1000)));
        table.Add("inside-message-then-rest", "the rest of a message after a close between its fragments is ignored", Source,
            CloseShape.Answered(1000, null, RawFrame.Text("") with { Final = false }, RawFrame.Close(1000), RawFrame.Continuation(Late, final: true)));
        table.Add("after-ping", "a ping before a close is answered, and so is the close", Source, CloseShape.Answered(1000, null, RawFrame.Ping(Late), RawFrame.Close(1000)));
        table.Add("after-message", "a message right before a close comes back before the answer to the close", Source, async (stage, interruption) =>
        {
            if (stage.Facts.NoEcho is { } why)
                return Observation.NotApplicable(why);
            await using var peer = await stage.OpenAsync(interruption);
            await peer.SendAsync([RawFrame.Text("last words"), RawFrame.Close(1000)], interruption);
            var ending = await peer.ReadToEndAsync(answerClose: false, interruption);
            if (ending.Data.FirstOrDefault() is { } data && data.Payload.AsSpan().SequenceEqual("last words"u8))
                return CloseShape.Judge(ending, CloseCodes.Normal, null);
            var seen = CloseShape.Judge(ending, CloseCodes.Normal, null);
            return seen.Outcome == Outcome.Passed ? Observation.Lenient(seen.Seen, "the message back first; an application may stop as soon as a close came (RFC 6455 §5.5.1)") : seen;
        });
    }

    private static void AddEnd(CaseTable table)
    {
        table.Add("tcp", "the server ends the TCP connection after the closing handshake, in peace", "RFC 6455 §7.1.1", async (stage, interruption) =>
        {
            await using var peer = await stage.OpenAsync(interruption);
            await peer.SendAsync(RawFrame.Close(CloseCodes.Normal), interruption);
            var ending = await peer.ReadToEndAsync(answerClose: false, interruption);
            if (ending is { Close: not null, End: PeerEnd.Reset })
                return Observation.Lenient(ending.ToString(), "FIN instead of a reset, which can destroy what is on its way (RFC 6455 §7.1.1)");
            return CloseShape.Judge(ending, CloseCodes.Normal, null);
        });
        table.Add("half-close", "a client that sends FIN without a close frame is let go", "RFC 6455 §7.1.5", async (stage, interruption) =>
        {
            await using var peer = await stage.OpenAsync(interruption);
            peer.HalfClose();
            var ending = await peer.ReadToEndAsync(answerClose: false, interruption);
            return ending.End is PeerEnd.Fin or PeerEnd.Reset ? Observation.Passed(ending.ToString()) : Observation.Failed(ending.ToString(), "the end of the connection");
        });
        table.Add("reset", "the server lives on after a client tore its connection down inside a frame", "RFC 6455 §7.2.1", async (stage, interruption) =>
        {
            var torn = await stage.OpenAsync(interruption);
            await using (torn)
            {
                await torn.SendAsync(RawFrame.Text("hello").ToBytes(asClient: true).AsMemory(0, 7), interruption);
                torn.Reset();
            }

            await using var next = await stage.OpenAsync(interruption);
            return Observation.Passed("the next connection was accepted");
        });
    }
}
