using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>Looks at a server once, so that every case knows what it can ask for.</summary>
public static class ServerProbe
{
    /// <returns>A stage on which <see cref="ServerCases"/> can be played.</returns>
    /// <exception cref="CaseBrokenException">It cannot be reached (<see cref="NotReachedException"/>), or is no WebSocket at this URL.</exception>
    public static async Task<ConformStage> LookAsync(ConformTarget target, PeerClock clock, CancellationToken interruption)
    {
        var stage = new ConformStage(target, clock, ServerFacts.Unknown);
        var request = stage.Upgrade().With("Sec-WebSocket-Extensions", DeflateShape.Plain);
        await using var peer = await stage.DialAsync(interruption);
        await peer.SendAsync(request, interruption);
        var answer = await peer.ReadAnswerAsync(interruption);
        if (HandshakeShape.FaultOf(answer, request) is { } fault)
            throw new CaseBrokenException($"{target.Url} is no WebSocket: {fault}." + (answer.Head is null && !target.IsSecure ? " If it speaks TLS, write wss://." : ""));

        var offer = new UpgradeOffer(null, target.Subprotocols, [new ExtensionOffer(DeflateShape.Plain, [])], DeflateShape.Plain);
        UpgradeAnswer.Check(answer.Head!, offer, request.Value("Sec-WebSocket-Key")!, out var agreed);
        return stage with
        {
            Facts = new ServerFacts(
                answer.Head!.Headers.First("Server"),
                await NoEchoAsync(peer, agreed, interruption),
                agreed.ReservedBits == 0 ? "the server does not agree to permessage-deflate" : null,
                await NoHttp2Async(stage, interruption)),
        };
    }

    private static async Task<string?> NoEchoAsync(RawPeer peer, AgreedUpgrade agreed, CancellationToken interruption)
    {
        const string text = "bascule conform";
        await peer.SendAsync(RawFrame.Text(text), interruption);
        var seen = await EchoShape.HearAsync(new Conversation(peer, agreed), Task.FromResult(PeerSend.Sent), [Said.Text(text)], interruption);
        return seen.Outcome == Outcome.Passed ? null : $"the server does not echo: a text was answered by {seen.Seen}";
    }

    private static async Task<string?> NoHttp2Async(ConformStage stage, CancellationToken interruption)
    {
        if (!stage.Target.IsSecure)
            return "only over TLS is HTTP/2 agreed on";
        using var dialer = new Http2Dialer(stage);
        try
        {
            var (peer, answer) = await dialer.OpenAsync(null, interruption);
            using (answer)
            {
                if (peer is null)
                    return $"an extended CONNECT was answered by HTTP {(int)answer.StatusCode}";
                await peer.DisposeAsync();
                return null;
            }
        }
        catch (HttpRequestException e)
        {
            return $"no WebSocket over HTTP/2: {e.Message}";
        }
    }
}
