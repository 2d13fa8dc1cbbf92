using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>Something wrong, and how the server should answer it.</summary>
/// <param name="Code">The close code that says best what is wrong.</param>
internal sealed record Refusal(int Code)
{
    internal static Refusal Protocol { get; } = new(CloseCodes.ProtocolError);

    internal static Refusal Payload { get; } = new(CloseCodes.InvalidPayload);

    /// <summary>Codes that say it as well.</summary>
    internal int[] Also { get; init; } = [];

    /// <summary>Why taking it is no fault, or null where it is one.</summary>
    internal string? MayTake { get; init; }

    /// <summary>Why waiting for more is no fault, or null where it is one.</summary>
    internal string? MayWait { get; init; }

    /// <summary>Data that was right and may come back, or the beginning of it, before the connection is failed. Null where answers are compressed and cannot be compared.</summary>
    internal byte[]? Before { get; init; } = [];

    /// <summary>How many whole messages may come back.</summary>
    internal int Answers { get; init; }

    internal bool Fits(IEnumerable<FrameSeen> data) =>
        data.Count(f => f.Final) <= Answers && (Before is null || Before.AsSpan().StartsWith(data.SelectMany(f => f.Payload).ToArray()));
}

/// <summary>Cases in which something wrong is sent, and the connection must be failed (RFC 6455 §7.1.7).</summary>
internal static class RefusalShape
{
    internal static Func<ConformStage, CancellationToken, Task<Observation>> Of(Refusal refusal, params IReadOnlyList<RawFrame> frames) => Of(refusal, null, frames);

    /// <param name="extensions">Offered in the handshake, or null; the case is played only when they are agreed on.</param>
    internal static Func<ConformStage, CancellationToken, Task<Observation>> Of(Refusal refusal, string? extensions, params IReadOnlyList<RawFrame> frames) =>
        async (stage, interruption) =>
        {
            if (extensions is not null && stage.Facts.NoDeflate is { } why)
                return Observation.NotApplicable(why);
            var (peer, _) = await stage.OpenAsync(extensions, interruption);
            await using (peer)
            {
                await peer.SendAsync(frames, interruption);
                return Judge(await ListenAsync(peer, refusal, interruption), refusal);
            }
        };

    /// <summary>Until the end, or until it is clear that the wrong thing was taken.</summary>
    internal static async Task<PeerEnding> ListenAsync(RawPeer peer, Refusal refusal, CancellationToken interruption)
    {
        List<FrameSeen> frames = [];
        while (true)
        {
            var read = await peer.ReadAsync(interruption);
            if (read.Frame is not { } frame)
                return new PeerEnding(frames, null, read.End);
            frames.Add(frame);
            if (frame.Opcode == (int)Opcode.Close)
            {
                await peer.SendAsync(RawFrame.Close(frame.Payload.Length >= 2 ? frame.Payload[..2] : []), interruption);
                var rest = await peer.ReadToEndAsync(answerClose: false, interruption);
                return new PeerEnding([.. frames, .. rest.Frames], frame, rest.End);
            }

            if (frame.Opcode == (int)Opcode.Pong || !refusal.Fits(frames.Where(f => !f.IsControl)))
                return new PeerEnding(frames, null, PeerEnd.None);
        }
    }

    internal static Observation Judge(PeerEnding ending, Refusal refusal)
    {
        var expected = $"a close with {string.Join(" or ", refusal.Also.Prepend(refusal.Code))}, then the end of the connection";
        var seen = ending.ToString();
        if (ending.End == PeerEnd.None || !refusal.Fits(ending.Data))
            return Taken(refusal, seen, expected);
        if (ending.Close is null)
            return ending.End is PeerEnd.Fin or PeerEnd.Reset
                ? Observation.Lenient(seen, $"{expected}: the close frame is a SHOULD (RFC 6455 §7.1.7)")
                : refusal.MayWait is { } wait ? Observation.Lenient(seen, $"{expected}; but {wait}") : Taken(refusal, seen, expected);
        if (ending.Code is not { } code)
            return Observation.Failed(seen, expected);
        if (ending.End is not (PeerEnd.Fin or PeerEnd.Reset))
            return Observation.Lenient(seen, $"{expected}: the server goes first (RFC 6455 §7.1.1)");
        return code == refusal.Code || refusal.Also.Contains(code) ? Observation.Passed(seen) : Observation.Lenient(seen, $"{expected}: the appropriate code is a SHOULD (RFC 6455 §7.1.7)");
    }

    private static Observation Taken(Refusal refusal, string seen, string expected) =>
        refusal.MayTake is { } why ? Observation.Lenient(seen, $"{expected}; but {why}") : Observation.Failed(seen, expected);
}
