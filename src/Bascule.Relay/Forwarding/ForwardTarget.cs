using System.Net;

namespace Bascule.Relay;

/// <summary>Where a request goes, and how it differs from the one that came. All text is Latin-1 without control characters.</summary>
/// <param name="Node"><c>http://HOST:PORT</c> or <c>https://HOST:PORT</c>.</param>
/// <param name="InsecureTls">Takes any certificate of this node.</param>
/// <param name="PathAndQuery">As the back end shall see it: percent-encoded, starting with <c>/</c>, or <c>*</c>.</param>
/// <param name="AddedHeaders">Sent as they are; fields of the client with these names are dropped.</param>
/// <param name="RemovedHeaders">Names that are never passed on, neither as headers nor as trailers.</param>
public sealed record ForwardTarget(
    Uri Node,
    bool InsecureTls,
    string PathAndQuery,
    IReadOnlyList<KeyValuePair<string, string>> AddedHeaders,
    IReadOnlyCollection<string> RemovedHeaders)
{
    /// <summary>Where to connect, when discovery found it; null: the host of <see cref="Node"/> is resolved.</summary>
    public IPAddress? Address { get; init; }
}
