using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>Who is examined.</summary>
/// <param name="Url">ws, wss, http or https.</param>
/// <param name="Headers">Sent with every handshake: a token, for example.</param>
/// <param name="AnyCertificate">Takes any certificate.</param>
public sealed record ConformTarget(Uri Url, IReadOnlyList<KeyValuePair<string, string>> Headers, bool AnyCertificate)
{
    public bool IsSecure => Url.Scheme is "wss" or "https";

    /// <summary>What the headers offer as <c>Sec-WebSocket-Protocol</c>.</summary>
    public IReadOnlyList<string> Subprotocols =>
        [.. Headers.Where(h => h.Key.Equals("Sec-WebSocket-Protocol", StringComparison.OrdinalIgnoreCase)).SelectMany(h => h.Value.Split(',', StringSplitOptions.TrimEntries))];
}

/// <summary>What one look at the server told before the cases begin.</summary>
/// <param name="Server">The field <c>Server</c> of its answers, or null.</param>
/// <param name="NoEcho">Why cases that need an echo cannot be played; null when it echoes.</param>
/// <param name="NoDeflate">Why cases with compression cannot be played; null when permessage-deflate was agreed.</param>
/// <param name="NoHttp2">Why cases over HTTP/2 cannot be played; null when it takes extended CONNECT.</param>
public sealed record ServerFacts(string? Server, string? NoEcho, string? NoDeflate, string? NoHttp2)
{
    public static ServerFacts Unknown { get; } = new(null, null, null, null);
}

/// <summary>What a case stands on: whom it talks to, with how much patience, and what is known already.</summary>
public sealed record ConformStage(ConformTarget Target, PeerClock Clock, ServerFacts Facts)
{
    /// <summary>Connects; no HTTP yet.</summary>
    public Task<RawPeer> DialAsync(CancellationToken interruption) => RawPeer.DialAsync(Target.Url, Target.AnyCertificate, Clock, interruption);

    /// <summary>The upgrade that the target should accept, to be changed as a case needs it.</summary>
    public HeadText Upgrade() => HeadText.Upgrade(Target.Url, Target.Headers);

    /// <summary>A connection that is a WebSocket, without extensions.</summary>
    /// <exception cref="CaseBrokenException">The handshake failed.</exception>
    public async Task<RawPeer> OpenAsync(CancellationToken interruption) => (await OpenAsync(null, interruption)).Peer;

    /// <param name="extensions">The value of <c>Sec-WebSocket-Extensions</c>, or null.</param>
    /// <returns>The WebSocket, and what was agreed, checked by <see cref="UpgradeAnswer"/>.</returns>
    /// <exception cref="CaseBrokenException">The handshake failed.</exception>
    public async Task<(RawPeer Peer, AgreedUpgrade Agreed)> OpenAsync(string? extensions, CancellationToken interruption)
    {
        var request = extensions is null ? Upgrade() : Upgrade().With("Sec-WebSocket-Extensions", extensions);
        var peer = await DialAsync(interruption);
        try
        {
            await peer.SendAsync(request, interruption);
            var answer = await peer.ReadAnswerAsync(interruption);
            if (answer.Head is not { } head)
                throw new CaseBrokenException($"The handshake before the case was answered by {answer.End.Words()}.");
            var offer = new UpgradeOffer(request.Value("Sec-WebSocket-Key"), Target.Subprotocols, Offers.In(extensions), extensions);
            if (UpgradeAnswer.Check(head, offer, offer.Key!, out var agreed) is { } fault)
                throw new CaseBrokenException($"The handshake before the case failed: {fault.Detail}");
            return (peer, agreed);
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }
}
