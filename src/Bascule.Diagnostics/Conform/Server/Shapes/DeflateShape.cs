using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>Cases that need permessage-deflate: they are played only when the server agrees to what they offer.</summary>
internal static class DeflateShape
{
    internal const string Plain = "permessage-deflate";

    /// <summary>A compressed message in one frame.</summary>
    internal static RawFrame Compressed(int opcode, byte[] payload) => new(opcode, payload) { Reserved = FrameHeader.Reserved1 };

    internal static Func<ConformStage, CancellationToken, Task<Observation>> Echo(IReadOnlyList<RawFrame> frames, params IReadOnlyList<Said> back) => Echo(Plain, _ => null, () => frames, back);

    /// <summary>Sends what must come back.</summary>
    /// <param name="why">Why these terms do not fit the case, or null.</param>
    /// <param name="frames">Made when the case is played: compressing is work.</param>
    internal static Func<ConformStage, CancellationToken, Task<Observation>> Echo(
        string offer, Func<DeflateTerms, string?> why, Func<IReadOnlyList<RawFrame>> frames, IReadOnlyList<Said> back, IReadOnlyList<int>? pieces = null) =>
        async (stage, interruption) =>
        {
            if (NotPlayable(stage) is { } reason)
                return reason;
            var (peer, agreed) = await stage.OpenAsync(offer, interruption);
            await using (peer)
            {
                if (NotAgreed(agreed, offer, why) is { } other)
                    return other;
                var bytes = frames().SelectMany(f => f.ToBytes(asClient: true)).ToArray();
                var sending = peer.SendInPiecesAsync(bytes, pieces ?? [], interruption);
                var seen = await EchoShape.HearAsync(new Conversation(peer, agreed), sending, back, interruption);
                await sending;
                return seen;
            }
        };

    /// <summary>Sends what must be refused.</summary>
    internal static Func<ConformStage, CancellationToken, Task<Observation>> Refused(
        Refusal refusal, string offer, Func<DeflateTerms, string?> why, params IReadOnlyList<RawFrame> frames) =>
        async (stage, interruption) =>
        {
            if (stage.Facts.NoDeflate is { } reason)
                return Observation.NotApplicable(reason);
            var (peer, agreed) = await stage.OpenAsync(offer, interruption);
            await using (peer)
            {
                if (NotAgreed(agreed, offer, why) is { } other)
                    return other;
                await peer.SendAsync(frames, interruption);
                return RefusalShape.Judge(await RefusalShape.ListenAsync(peer, refusal, interruption), refusal);
            }
        };

    internal static Observation? NotPlayable(ConformStage stage) =>
        (stage.Facts.NoDeflate ?? stage.Facts.NoEcho) is { } why ? Observation.NotApplicable(why) : null;

    private static Observation? NotAgreed(AgreedUpgrade agreed, string offer, Func<DeflateTerms, string?> why)
    {
        if (agreed.ReservedBits == 0)
            return Observation.NotApplicable($"the server does not agree to \"{offer}\"");
        return why(DeflateTerms.Of(agreed)) is { } unfit ? Observation.NotApplicable($"the server agreed to \"{agreed.Extensions}\": {unfit}") : null;
    }
}
