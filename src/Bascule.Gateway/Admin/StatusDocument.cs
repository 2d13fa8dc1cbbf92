namespace Bascule.Gateway;

/// <summary>GET /api/status: the process, and what it has counted since it started. Rates are differences of two answers.</summary>
/// <param name="State"><c>ready</c>, <c>notReady</c> (starting, or taken out of use) or <c>stopping</c>.</param>
/// <param name="Generation">Number of the configuration that holds.</param>
/// <param name="Refusals">Attempts refused, by reason.</param>
/// <param name="Endings">Connections ended, by reason.</param>
public sealed record StatusDocument(
    BuildVersion Build, string State, DateTimeOffset Now, double UptimeSeconds, int Generation, ProcessStatus Process, GatewayCounts Totals,
    IReadOnlyList<RouteStatus> Routes, IReadOnlyList<ReasonCount> Refusals, IReadOnlyList<ReasonCount> Endings, IReadOnlyList<StatusWarning> Warnings);

/// <param name="CpuPercentage">Of all cores, 0 to 100, over a second or more.</param>
/// <param name="CpuSeconds">Used since the process started.</param>
/// <param name="MemoryBytes">Resident.</param>
/// <param name="MemoryLimitBytes">What the machine or the cgroup gives.</param>
/// <param name="HandshakesInFlight">Attempts that are being decided.</param>
public sealed record ProcessStatus(double CpuPercentage, double CpuSeconds, int Cores, long MemoryBytes, long MemoryLimitBytes, int HandshakesInFlight);

/// <param name="Connections">Open now; all others count from the start.</param>
/// <param name="Refused">Attempts that did not become a connection, whoever was the cause.</param>
/// <param name="MessagesUp">From clients, up to a second old; without control frames.</param>
public sealed record GatewayCounts(
    int Connections, long Accepted, long Refused, long Ended, long MessagesUp, long MessagesDown, long BytesUp, long BytesDown, long HttpRequests);

/// <param name="Auth"><c>required</c>, <c>optional</c> or <c>none</c>.</param>
/// <param name="Connections">Open now, those of earlier configurations too.</param>
public sealed record RouteStatus(string Name, string Path, string? Pool, string Auth, int Connections, long Accepted, long Refused, long Ended);

/// <param name="By"><c>client</c>, <c>backend</c> or <c>gateway</c>: the side that caused it.</param>
public sealed record ReasonCount(string Reason, string By, long Count);

/// <summary>What an operator should know now.</summary>
/// <param name="Kind"><c>stopping</c>, <c>notReady</c>, <c>overload</c>, <c>storage</c>, <c>reload</c>, <c>audit</c>, <c>pool</c> or <c>drain</c>.</param>
public sealed record StatusWarning(string Kind, string Text);
