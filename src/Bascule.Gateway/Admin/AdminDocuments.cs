using System.Text.Json;
using System.Text.Json.Serialization;
using Bascule.Admission;
using Bascule.Diagnostics;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>One open connection.</summary>
/// <param name="Generation">Number of the configuration that it began with.</param>
/// <param name="MessagesUp">From the client.</param>
/// <param name="IdleSeconds">Since the last byte of the side that was heard last.</param>
/// <param name="ClientPingMilliseconds">Null before the first pong.</param>
/// <param name="Leaving">It was asked to leave.</param>
public sealed record ConnectionDocument(
    string Attempt, string? User, string? Tier, string Route, string? Pool, string? Node, string? ClientAddress, string Protocol, string? Subprotocol, DateTimeOffset Since,
    double AgeSeconds, double IdleSeconds, int Generation, long MessagesUp, long MessagesDown, long BytesUp, long BytesDown, double? ClientPingMilliseconds,
    double? BackendPingMilliseconds, bool Leaving);

/// <param name="Matching">All that fit; the list may be shorter.</param>
public sealed record ConnectionsDocument(int Total, int Matching, IReadOnlyList<ConnectionDocument> Connections);

/// <summary>One attempt or connection that is over.</summary>
/// <param name="Outcome"><c>refused</c> or <c>ended</c>.</param>
public sealed record AttemptDocument(
    string Attempt, DateTimeOffset At, string Outcome, string Reason, string? Detail, string? Route, string? User, string? ClientAddress, string? Node, string Stage, double Seconds);

public sealed record AttemptsDocument(IReadOnlyList<AttemptDocument> Attempts);

public sealed record PoolsDocument(IReadOnlyList<PoolDocument> Pools);

/// <param name="Imbalance">Connections of the fullest node less those of the emptiest, among nodes that may be used.</param>
public sealed record PoolDocument(string Name, string Balance, int SlotsInUse, int SlotLimit, int Waiting, int QueueLength, int Imbalance, IReadOnlyList<NodeDocument> Nodes);

/// <param name="State"><c>up</c>, <c>failing</c>, <c>ejected</c>, <c>trying</c> or <c>draining</c>.</param>
/// <param name="Why">What led to the state; null when it is up.</param>
/// <param name="UsedElsewhere">Slots that other gateways use, in a shared pool.</param>
/// <param name="Utilization">Of its slots, 0 to 100.</param>
public sealed record NodeDocument(
    string Name, string Url, string State, string? Why, DateTimeOffset Since, int SlotsInUse, int SlotLimit, int UsedElsewhere, double Utilization, int Weight);

public sealed record QueuesDocument(IReadOnlyList<QueueDocument> Queues);

public sealed record QueueDocument(string Pool, int Waiting, int Length, IReadOnlyList<WaiterDocument> Waiters);

/// <param name="EstimateSeconds">Until a slot is likely to come free, by the rate of late; null when unknown.</param>
public sealed record WaiterDocument(int Position, string? Attempt, double WaitedSeconds, int Priority, double? EstimateSeconds);

public sealed record DrainsDocument(IReadOnlyList<DrainProgress> Drains);

/// <summary>What an order did, or would do.</summary>
/// <param name="Matching">Connections that fit.</param>
/// <param name="Warning">What the operator may not have meant; null when there is nothing.</param>
/// <param name="Drain">How it goes on; null for a dry run, or when nothing fits.</param>
public sealed record OrderDocument(string What, bool DryRun, int Matching, DrainProgress? Drain, string? Warning = null);

/// <param name="ByGeneration">Open connections of each configuration that still has some.</param>
public sealed record ConfigDocument(
    int Generation, DateTimeOffset Since, IReadOnlyList<GenerationDocument> ByGeneration, ReloadResult? LastReload, IReadOnlyList<EffectiveValue> Values);

public sealed record GenerationDocument(int Generation, int Connections);

/// <param name="Note">Where an order does not hold yet; null when it holds everywhere.</param>
public sealed record RevocationsDocument(IReadOnlyList<RevocationDocument> Revocations, string? Note = null);

public sealed record RevocationDocument(RevocationKind Kind, string Value, string? Issuer, DateTimeOffset RevokedAt, DateTimeOffset Until);

/// <param name="State"><c>alone</c>, <c>connected</c> or <c>lost</c>.</param>
/// <param name="Unposted">Orders that the others have not heard yet.</param>
public sealed record ClusterDocument(string State, string Text, DateTimeOffset Since, string Instance, int Unposted, IReadOnlyList<InstanceDocument> Instances);

public sealed record InstanceDocument(string Name, DateTimeOffset Since, int Connections);

public sealed record ClusterConnectionsDocument(IReadOnlyList<ClusterConnectionDocument> Connections);

public sealed record ClusterConnectionDocument(
    string Attempt, string Instance, string? User, string Route, string Pool, string Node, string ClientAddress, string? Protocol, DateTimeOffset Since);

/// <summary>A refusal of the admin API: RFC 9457.</summary>
/// <param name="Type"><c>about:blank</c>: the status says it all, the detail what to do.</param>
public sealed record AdminProblem(string Type, string Title, int Status, string Detail);

/// <summary>Words of enums look like all other words of the documents: <c>waitingForRoom</c>.</summary>
internal sealed class CamelCaseWord<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase)
    where T : struct, Enum;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(CamelCaseWord<DrainState>), typeof(CamelCaseWord<RevocationKind>), typeof(CamelCaseWord<Applies>), typeof(CamelCaseWord<Severity>), typeof(CamelCaseWord<StepResult>)])]
[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(ConnectionDocument))]
[JsonSerializable(typeof(ConnectionsDocument))]
[JsonSerializable(typeof(AttemptsDocument))]
[JsonSerializable(typeof(PoolsDocument))]
[JsonSerializable(typeof(NodeDocument))]
[JsonSerializable(typeof(ShardsDocument))]
[JsonSerializable(typeof(PoolDocument))]
[JsonSerializable(typeof(DrainProgress))]
[JsonSerializable(typeof(QueuesDocument))]
[JsonSerializable(typeof(DrainsDocument))]
[JsonSerializable(typeof(OrderDocument))]
[JsonSerializable(typeof(ConfigDocument))]
[JsonSerializable(typeof(ReloadResult))]
[JsonSerializable(typeof(AdminProblem))]
[JsonSerializable(typeof(RevocationsDocument))]
[JsonSerializable(typeof(ClusterDocument))]
[JsonSerializable(typeof(ClusterConnectionsDocument))]
[JsonSerializable(typeof(SessionDocument))]
[JsonSerializable(typeof(SessionsDocument))]
[JsonSerializable(typeof(SessionResultDocument))]
[JsonSerializable(typeof(SessionLinkDocument))]
[JsonSerializable(typeof(EnvironmentReport))]
[JsonSerializable(typeof(DiagnosisDocument))]
[JsonSerializable(typeof(NodeProbeDocument))]
internal sealed partial class AdminJson : JsonSerializerContext;
