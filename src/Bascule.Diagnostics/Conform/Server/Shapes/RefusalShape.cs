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

    /// <summary>Data that was right and may come back, or the beginning of it, before the connection is failed.</summary>
    internal byte[] Before { get; init; } = [];
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
                return Judge(await peer.ReadToEndAsync(answerClose: true, interruption), refusal);
            }
        };

    internal static Observation Judge(PeerEnding ending, Refusal refusal)
    {
        var expected = $"a close with {string.Join(" or ", refusal.Also.Prepend(refusal.Code))}, then the end of the connection";
        var seen = ending.ToString();
        if (!refusal.Before.AsSpan().StartsWith(ending.Data.SelectMany(f => f.Payload).ToArray()))
            return Taken(refusal, seen, expected);
        if (ending.Close is null)
            return ending.End is PeerEnd.Fin or PeerEnd.Reset
                ? Observation.Lenient(seen, $"{expected}: the close frame is a SHOULD (RFC 6455 §7.1.7)")
                : Taken(refusal, seen, expected);
        if (ending.Code is not { } code)
            return Observation.Failed(seen, expected);
        if (ending.End is not (PeerEnd.Fin or PeerEnd.Reset))
            return Observation.Lenient(seen, $"{expected}: the server goes first (RFC 6455 §7.1.1)");
        return code == refusal.Code || refusal.Also.Contains(code) ? Observation.Passed(seen) : Observation.Lenient(seen, $"{expected}: the appropriate code is a SHOULD (RFC 6455 §7.1.7)");
    }

    private static Observation Taken(Refusal refusal, string seen, string expected) =>
        refusal.MayTake is { } why ? Observation.Lenient(seen, $"{expected}; but {why}") : Observation.Failed(seen, expected);
}
