using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>Cases in which we close as it should be done, and the server must answer and end the connection (RFC 6455 §5.5.1, §7.1).</summary>
internal static class CloseShape
{
    /// <summary>What cases send after the close frame: it must not come back.</summary>
    internal static readonly byte[] Late = "late"u8.ToArray();

    /// <param name="code">What the answer should carry; 0 for a close without a code.</param>
    /// <param name="mayRefuse">Why a close with 1002 is no fault either, or null.</param>
    internal static Func<ConformStage, CancellationToken, Task<Observation>> Answered(int code, string? mayRefuse, params IReadOnlyList<RawFrame> frames) =>
        async (stage, interruption) =>
        {
            await using var peer = await stage.OpenAsync(interruption);
            await peer.SendAsync(frames, interruption);
            return Judge(await peer.ReadToEndAsync(answerClose: false, interruption), code, mayRefuse);
        };

    internal static Observation Judge(PeerEnding ending, int code, string? mayRefuse)
    {
        var expected = $"{(code == 0 ? "a close without a code, or with 1000" : $"a close with {code}")}, then the end of the connection";
        var seen = ending.ToString();
        if (ending.Code is not { } answer)
            return Observation.Failed(seen, expected);
        if (ending.Data.Any(f => f.Payload.AsSpan().SequenceEqual(Late)))
            return Observation.Failed(seen, $"{expected}; what came after our close frame is ignored");
        if (ending.Frames[^1].Opcode != (int)Opcode.Close)
            return Observation.Failed(seen, $"{expected}, and nothing after the close frame");
        if (ending.End is not (PeerEnd.Fin or PeerEnd.Reset))
            return Observation.Failed(seen, $"{expected}: the server closes first (RFC 6455 §7.1.1)");
        if (answer == code || (code == 0 && answer == CloseCodes.Normal))
            return Observation.Passed(seen);
        if (answer != CloseCodes.ProtocolError)
            return Observation.Lenient(seen, $"{expected}: echoing the code is what servers typically do (RFC 6455 §5.5.1)");
        return mayRefuse is null ? Observation.Failed(seen, expected) : Observation.Lenient(seen, $"{expected}; but {mayRefuse}");
    }
}
