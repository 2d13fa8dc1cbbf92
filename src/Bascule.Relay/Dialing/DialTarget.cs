using System.Net;
using Bascule.Model;
using Bascule.Protocol;
using Bascule.Settings;

namespace Bascule.Relay;

/// <summary>A back end to open a WebSocket to.</summary>
/// <param name="Node">http or https, host and port.</param>
/// <param name="InsecureTls">Any certificate will do.</param>
/// <param name="PathAndQuery">As the back end shall see it.</param>
/// <param name="Headers">Fields to send, in order; those of the handshake itself are added by the dialer.</param>
/// <param name="Offer">What the client offered: the answer must choose among it.</param>
public sealed record DialTarget(Uri Node, bool InsecureTls, string PathAndQuery, HeaderList Headers, UpgradeOffer Offer)
{
    /// <summary>Where to connect, when discovery found it; null: the host of <see cref="Node"/> is resolved.</summary>
    public IPAddress? Address { get; init; }

    internal NodeAddress At => new(Node, InsecureTls, Address);
}

/// <summary>How long the steps to a back end may take.</summary>
public sealed record DialLimits(TimeSpan Connect, TimeSpan Upgrade);

/// <summary>A link, or why there is none.</summary>
/// <param name="MayTryAnother">The back end has surely not acted on the request, or says itself that another may do better.</param>
/// <param name="Answer">The head of its answer, as evidence, when there was one.</param>
public sealed record DialResult(BackendLink? Link, Ending? Ending, bool MayTryAnother, ResponseHead? Answer)
{
    /// <summary>What was spoken with the node.</summary>
    public BackendProtocol Protocol { get; init; } = BackendProtocol.Http1;

    /// <summary>Why HTTP/1.1 was spoken although HTTP/2 was asked for; else null.</summary>
    public string? FellBack { get; init; }

    internal static DialResult Failed(EndReason reason, string detail, bool mayTryAnother = false) => Failed(new Ending(reason, detail), mayTryAnother);

    internal static DialResult Failed(Ending ending, bool mayTryAnother) => new(null, ending, mayTryAnother, null);

    /// <summary>The node answered with something else than a WebSocket.</summary>
    internal static DialResult Refused(Ending ending, ResponseHead answer) => new(null, ending, MayTryAnother: answer.Status is 502 or 503 or 504, answer);
}

/// <summary>An open WebSocket to a back end, its answer validated.</summary>
public sealed record BackendLink(RelayEndpoint Endpoint, AgreedUpgrade Agreed);
