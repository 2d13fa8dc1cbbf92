using System.Text.Json.Serialization;
using Bascule.Hub;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>The kinds of frames between a gateway and a shard. Both are of one version: the gateway starts its shards from its own program.</summary>
internal static class ShardFrame
{
    // Gateway to shard.
    internal const byte Take = 1;
    internal const byte Leave = 2;
    internal const byte Answer = 3;
    internal const byte Log = 4;
    internal const byte Messages = 5;
    internal const byte Renew = 6;
    internal const byte PresenceNews = 16;

    // Shard to gateway.
    internal const byte Taken = 33;
    internal const byte Ended = 34;
    internal const byte Ask = 35;
    internal const byte Status = 36;
    internal const byte PresenceNote = 48;
}

/// <summary>A client that changes hands; its socket comes with it. What <see cref="HubTerms"/> says, and what the client is to be sent first.</summary>
/// <param name="Head">The 101. Empty when the client has it.</param>
internal sealed record TakeOrder(
    string Attempt, string Session, bool SpeaksBascule, bool Deflate, IReadOnlyList<StartOrder> Topics, IReadOnlyList<string> Read, IReadOnlyList<string> Write, string? User,
    MessageLimits Limits, HeartbeatSettings Heartbeat, LifeSettings Life, DateTimeOffset? ExpiresAt, TimeSpan CloseDeadline, int MostSubscriptions, IReadOnlyList<string> Reconnect,
    byte[] Head)
{
    /// <summary>As the limits know the user: two issuers may have given the same name.</summary>
    public string? UserKey { get; init; }
}

/// <summary>A topic or pattern that a client reads from its first moment.</summary>
internal sealed record StartOrder(string Name, string? Cursor);

/// <param name="Fault">Why the shard does not take the client; null: it has it.</param>
internal sealed record TakenNote(string Attempt, string? Fault);

/// <summary>A client is to leave: with an end reason, or with an operator's own code and words.</summary>
internal sealed record LeaveOrder(string Attempt, string Reason, string? Detail, string? Facts, double ComeBackMs, int? Code, string? Words);

/// <summary>How a client's connection ended.</summary>
internal sealed record EndedNote(
    string Attempt, string Reason, string? Detail, string? Facts, int Code, string CloseReason, long MessagesUp, long MessagesDown, long BytesUp, long BytesDown,
    DateTimeOffset? LastFromClient, double? PingMs);

/// <summary>A question of a shard that only the gateway can answer: a token that is to be checked, a message that is to be published.</summary>
internal sealed record ShardQuestion(long Number, string Attempt, string? Token, string? Topic, string? Key, string? Id, byte[]? Payload);

/// <param name="Fault">The label of an end reason, with its detail; null: all was well.</param>
internal sealed record ShardAnswer(long Number, string? Fault, string? Detail, DateTimeOffset? ExpiresAt, IReadOnlyList<string>? Read, IReadOnlyList<string>? Write, string? Cursor);

/// <summary>A token was renewed by another way: <c>POST /api/connections/ATTEMPT/token</c>.</summary>
internal sealed record RenewOrder(string Attempt, DateTimeOffset? ExpiresAt, IReadOnlyList<string> Read, IReadOnlyList<string> Write);

/// <summary>The log of what is published through the gateway; it begins at this offset.</summary>
internal sealed record LogOrder(ulong Log, string Name, long From);

/// <summary>What a shard says of itself, once a second.</summary>
internal sealed record ShardStatus(
    DateTimeOffset At, int Connections, double CpuPercentage, long MemoryBytes, long Subscriptions, long Topics, long MessagesIn, long MessagesOut, long BytesOut, long HistoryBytes, long Gaps,
    IReadOnlyDictionary<string, long> Resumes, FanoutFigures Fanout, IReadOnlyList<ShardSource> Sources);

internal sealed record ShardSource(string Name, bool IsConnected, bool IsCaughtUp, long? Lag, DateTimeOffset Since, string? Trouble);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TakeOrder))]
[JsonSerializable(typeof(TakenNote))]
[JsonSerializable(typeof(LeaveOrder))]
[JsonSerializable(typeof(EndedNote))]
[JsonSerializable(typeof(ShardQuestion))]
[JsonSerializable(typeof(ShardAnswer))]
[JsonSerializable(typeof(RenewOrder))]
[JsonSerializable(typeof(LogOrder))]
[JsonSerializable(typeof(ShardStatus))]
internal sealed partial class ShardJson : JsonSerializerContext;
