using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bascule.Gateway;

/// <summary>A node joined, changed or is gone.</summary>
public sealed record NodeEvent(string Pool, string Node, string From, string To);

/// <summary>A connection opened, or an attempt or a connection is over.</summary>
/// <param name="Reason">Null for one that opened.</param>
public sealed record AttemptEvent(string Attempt, string? Route, string? User, string? ClientAddress, string? Node, string? Reason, string? Detail, double? Seconds);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NodeEvent))]
[JsonSerializable(typeof(AttemptEvent))]
[JsonSerializable(typeof(ReloadResult))]
internal sealed partial class EventJson : JsonSerializerContext;

/// <summary>Makes events of what becomes of attempts, when somebody listens.</summary>
internal static class AttemptEvents
{
    internal static void Opened(this EventFeed feed, Attempt attempt)
    {
        if (feed.HasListeners)
            feed.Tell("opened", Text(attempt));
    }

    internal static void Over(this EventFeed feed, Attempt attempt)
    {
        if (feed.HasListeners)
            feed.Tell(attempt.Connected ? "ended" : "refused", Text(attempt));
    }

    private static string Text(Attempt attempt) => JsonSerializer.Serialize(
        new AttemptEvent(
            attempt.Id.ToString(), attempt.Route, attempt.Subject, attempt.ClientAddress, attempt.Node, attempt.End?.Ending.Reason.Label, attempt.End?.Ending.Detail,
            attempt.End is { } end ? Math.Round(end.After.TotalSeconds, 3) : null),
        ReadableJson.Events.AttemptEvent);
}
