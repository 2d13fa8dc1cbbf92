using System.Globalization;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>Cases about the opening handshake: requests that must become a WebSocket, and requests that must not.</summary>
internal static class HandshakeShape
{
    private const int SwitchingProtocols = 101;

    /// <summary>The request is unusual but right: the answer must be a valid 101.</summary>
    /// <param name="mayDecline">Why another answer is no fault, or null.</param>
    internal static Func<ConformStage, CancellationToken, Task<Observation>> Taken(
        Func<HeadText, HeadText> change, IReadOnlyList<int>? pieces = null, string? mayDecline = null) =>
        async (stage, interruption) =>
        {
            var request = change(stage.Upgrade());
            await using var peer = await stage.DialAsync(interruption);
            await peer.SendInPiecesAsync(request.ToBytes(), pieces ?? [], interruption);
            var answer = await peer.ReadAnswerAsync(interruption);
            const string expected = "101 with a right Sec-WebSocket-Accept";
            if (FaultOf(answer, request) is not { } fault)
                return Observation.Passed("101");
            return mayDecline is not null && answer.Head is { Status: >= 400 } ? Observation.Lenient(fault, $"{expected}; but {mayDecline}") : Observation.Failed(fault, expected);
        };

    /// <summary>The request is wrong: anything but 101 is an answer, an error of HTTP the best.</summary>
    /// <param name="status">The best one; any other from 400 to 499 is as good.</param>
    /// <param name="mayTake">Why a 101 is no fault, or null.</param>
    internal static Func<ConformStage, CancellationToken, Task<Observation>> Declined(int status, Func<HeadText, HeadText> change, string? mayTake = null) =>
        async (stage, interruption) =>
        {
            await using var peer = await stage.DialAsync(interruption);
            await peer.SendAsync(change(stage.Upgrade()), interruption);
            return Judge(await peer.ReadAnswerAsync(interruption), status, mayTake);
        };

    /// <summary>The request asks for no WebSocket: whatever HTTP says to it is right, except 101.</summary>
    internal static Func<ConformStage, CancellationToken, Task<Observation>> Ordinary(Func<HeadText, HeadText> change) =>
        async (stage, interruption) =>
        {
            await using var peer = await stage.DialAsync(interruption);
            await peer.SendAsync(change(stage.Upgrade()), interruption);
            var answer = await peer.ReadAnswerAsync(interruption);
            return answer.Head is { Status: not SwitchingProtocols } ? Observation.Passed(answer.ToString()) : Judge(answer, 426, null);
        };

    internal static Observation Judge(AnswerRead answer, int status, string? mayTake)
    {
        var expected = string.Create(CultureInfo.InvariantCulture, $"an error of HTTP, such as {status}");
        return answer.Head switch
        {
            { Status: >= 400 and < 500 } => Observation.Passed(answer.ToString()),
            { Status: SwitchingProtocols } => mayTake is null ? Observation.Failed(answer.ToString(), expected) : Observation.Lenient(answer.ToString(), $"{expected}; but {mayTake}"),
            { Status: >= 500 } => Observation.Lenient(answer.ToString(), $"{expected}: a 5xx blames the server for a fault of the client (RFC 9110 §15.5)"),
            { } => Observation.Lenient(answer.ToString(), $"{expected}: no WebSocket began, but the client is not told what was wrong"),
            null when answer.End is PeerEnd.Fin or PeerEnd.Reset => Observation.Lenient(answer.ToString(), $"{expected}: no WebSocket began, but the client is not told what was wrong"),
            null => Observation.Failed(answer.ToString(), expected),
        };
    }

    /// <summary>What is wrong with an answer that should have been a 101 for this request, or null.</summary>
    internal static string? FaultOf(AnswerRead answer, HeadText request)
    {
        if (answer.Head is not { } head)
            return answer.End.Words();
        var extensions = request.Value("Sec-WebSocket-Extensions");
        string[] subprotocols = [.. request.Fields.Where(f => f.Key.Equals("Sec-WebSocket-Protocol", StringComparison.OrdinalIgnoreCase))
            .SelectMany(f => f.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
        var key = request.Value("Sec-WebSocket-Key")?.Trim(' ', '\t') ?? "";
        return UpgradeAnswer.Check(head, new UpgradeOffer(key, subprotocols, Offers.In(extensions), extensions), key, out _) is { } fault ? fault.Detail ?? fault.Reason.Label : null;
    }
}
