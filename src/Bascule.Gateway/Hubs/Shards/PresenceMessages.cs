using System.Text.Json.Serialization;
using Bascule.Hub;

namespace Bascule.Gateway;

/// <summary>What changed on a shard within a moment.</summary>
/// <param name="Watch">Topics that somebody asks about.</param>
/// <param name="Unwatch">Topics that nobody there wants to know of any more.</param>
public sealed record PresenceNote(IReadOnlyList<PresenceDelta> Changes, IReadOnlyList<string> Watch, IReadOnlyList<string> Unwatch);

/// <param name="User">Null: nobody in particular.</param>
/// <param name="Connections">That came; a negative number left.</param>
public sealed record PresenceDelta(string Topic, string? User, int Connections);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PresenceNote))]
[JsonSerializable(typeof(IReadOnlyList<PresenceNews>))]
internal sealed partial class PresenceJson : JsonSerializerContext;
