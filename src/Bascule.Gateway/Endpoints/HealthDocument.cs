using System.Text.Json.Serialization;

namespace Bascule.Gateway;

/// <summary>GET /health: the shape that cases B and C read.</summary>
/// <param name="Status"><c>healthy</c>, <c>degraded</c> (a pool has no free slot) or <c>stopping</c>.</param>
/// <param name="Websocket"><c>available</c>, or <c>stopping</c>.</param>
public sealed record HealthDocument(string Status, string Websocket, BuildVersion Build, double UptimeSeconds, HealthChecks Checks, IReadOnlyList<ShardHealth> Shards);

/// <param name="Sessions">Null where there are none.</param>
public sealed record HealthChecks(CapacityCheck Capacity, CpuCheck Cpu, MemoryCheck Memory, SessionCheck? Sessions = null);

/// <summary>Whether sessions can be created, and those that run can be reached (case A9); why not, <c>/readyz</c> says.</summary>
/// <param name="Runner"><c>process</c> or <c>kubernetes</c>.</param>
public sealed record SessionCheck(string Runner, long Starting, long Running, bool Healthy);

/// <param name="Current">Slots in use over all pools.</param>
/// <param name="Max">Slots of all pools.</param>
public sealed record CapacityCheck(int Current, int Max, bool Healthy);

/// <param name="Percentage">Of all cores, since the last question; 0 to 100.</param>
public sealed record CpuCheck(double Percentage);

/// <param name="UsedMegabytes">Resident memory of the process, in 10^6 bytes.</param>
/// <param name="LimitMegabytes">What the machine or the cgroup gives, in 10^6 bytes.</param>
public sealed record MemoryCheck(double UsedMegabytes, double LimitMegabytes);

/// <summary>One node of a pool; case C's clients know it as a shard.</summary>
/// <param name="Id">Its place in the list, from 0.</param>
/// <param name="Utilization">Connections of slots, 0 to 100.</param>
public sealed record ShardHealth(int Id, int Connections, int Slots, int Available, double Utilization);

/// <summary>GET /api/diagnostics/websocket: what can be connected to (case B2).</summary>
public sealed record DiagnosticsDocument(string Websocket, BuildVersion Build, IReadOnlyList<EndpointEntry> Endpoints, SeenRequest Seen);

/// <param name="Url">As this client would write it, with the scheme and host that it used.</param>
/// <param name="Auth"><c>required</c>, <c>optional</c>, <c>none</c>, or <c>gateway</c>: for other gateways alone.</param>
public sealed record EndpointEntry(string Name, string Url, string Auth, string Purpose);

/// <summary>How this very request looked to the server: a proxy in between shows.</summary>
public sealed record SeenRequest(string Scheme, string Host, string Protocol, string? ClientAddress, bool UpgradeFieldArrived);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HealthDocument))]
[JsonSerializable(typeof(DiagnosticsDocument))]
internal sealed partial class EndpointJson : JsonSerializerContext;
