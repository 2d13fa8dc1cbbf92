using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Relay;

/// <summary>A back end to open a WebSocket to.</summary>
/// <param name="Node">http or https, host and port.</param>
/// <param name="InsecureTls">Any certificate will do.</param>
/// <param name="PathAndQuery">As the back end shall see it.</param>
/// <param name="Headers">Fields to send, in order; those of the handshake itself are added by the dialer.</param>
/// <param name="Offer">What the client offered: the answer must choose among it.</param>
public sealed record DialTarget(Uri Node, bool InsecureTls, string PathAndQuery, HeaderList Headers, UpgradeOffer Offer);

/// <summary>How long the steps to a back end may take.</summary>
public sealed record DialLimits(TimeSpan Connect, TimeSpan Upgrade);

/// <summary>A link, or why there is none.</summary>
/// <param name="MayTryAnother">The back end has surely not acted on the request, or says itself that another may do better.</param>
/// <param name="Answer">The head of its answer, as evidence, when there was one.</param>
public sealed record DialResult(BackendLink? Link, Ending? Ending, bool MayTryAnother, ResponseHead? Answer);

/// <summary>An open WebSocket to a back end, its 101 validated.</summary>
public sealed record BackendLink(RelayEndpoint Endpoint, AgreedUpgrade Agreed);
