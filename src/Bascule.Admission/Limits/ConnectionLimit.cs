using Bascule.Model;

namespace Bascule.Admission;

/// <summary>A number of connections at once that an attempt must find room in.</summary>
/// <param name="Key">What is counted together; the same on every gateway.</param>
/// <param name="ThisGatewayOnly">Counted here alone; else over all gateways that share storage.</param>
/// <param name="Words">Whose they are and which setting says so: <c>of this user (connectionsPerUser of limits)</c>.</param>
public sealed record ConnectionLimit(string Key, int Limit, bool ThisGatewayOnly, string Words)
{
    /// <summary><c>too_many_connections</c> with the count and the limit.</summary>
    public Ending Refuse(long count) => new(EndReasons.TooManyConnections, $"{count} connections {Words} are open; {Limit} are allowed.");
}
