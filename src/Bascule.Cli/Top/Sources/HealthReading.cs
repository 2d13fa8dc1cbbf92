using System.Globalization;
using System.Text.Json.Nodes;

namespace Bascule.Cli;

/// <summary>One shard of a server. Null: it does not tell.</summary>
/// <param name="Id">As the server names it, else its place in the list.</param>
/// <param name="Utilization">0 to 100.</param>
public sealed record ShardReading(string Id, double? Connections, double? Slots, double? Available, double? Utilization);

/// <param name="Percentage">0 to 100.</param>
public sealed record MemoryReading(double? UsedBytes, double? LimitBytes, double? Percentage);

/// <summary>What a plain health document says: that of a gateway of ours, or of a server with shards. Numbers may be written as texts.</summary>
/// <param name="Imbalance">Connections of the fullest shard less those of the emptiest; null when fewer than two tell theirs.</param>
public sealed record HealthReading(
    string? Status, string? Version, double? UptimeSeconds, double? Connections, double? Capacity, double? CpuPercentage, MemoryReading Memory, double? Imbalance,
    IReadOnlyList<ShardReading> Shards)
{
    private const double Megabyte = 1e6;

    /// <exception cref="FormatException">It is no JSON object.</exception>
    public static HealthReading Parse(string text)
    {
        try
        {
            return Read(JsonNode.Parse(text) as JsonObject ?? throw new FormatException("it is JSON, but no object"));
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or ArgumentException)
        {
            // The second one: a name stands twice in one object.
            throw new FormatException($"it is no JSON: {e.Message}", e);
        }
    }

    private static HealthReading Read(JsonObject root)
    {
        var checks = root["checks"] as JsonObject;
        var shards = ShardsOf(root["shards"]);
        var known = shards.Where(s => s.Connections is not null).Select(s => s.Connections!.Value).ToList();
        return new HealthReading(
            Word(root["status"]),
            Word((root["build"] as JsonObject)?["version"]) ?? Word(root["version"]),
            Number(root["uptimeSeconds"]) ?? Number(root["uptime"]),
            Number(Member(checks?["capacity"], "current")),
            Number(Member(checks?["capacity"], "max")),
            Number(Member(checks?["cpu"], "percentage")) ?? Number(checks?["cpu"]),
            MemoryOf(checks?["memory"]),
            known.Count < 2 ? null : known.Max() - known.Min(),
            shards);
    }

    /// <summary>A list, or an object with a member for each.</summary>
    private static List<ShardReading> ShardsOf(JsonNode? shards) => shards switch
    {
        JsonArray list => [.. list.Select((s, i) => Shard(Word(Member(s, "id")) ?? Word(Member(s, "name")) ?? i.ToString(CultureInfo.InvariantCulture), s))],
        JsonObject named => [.. named.Select(s => Shard(s.Key, s.Value))],
        _ => [],
    };

    private static ShardReading Shard(string id, JsonNode? shard)
    {
        var (connections, slots) = (Number(Member(shard, "connections")), Number(Member(shard, "slots")));
        return new ShardReading(id, connections, slots, Number(Member(shard, "available")), Percent(Number(Member(shard, "utilization")), connections, slots));
    }

    /// <summary>Some write 0.5 for a half, some 50: whichever is nearer to what connections and slots say.</summary>
    private static double? Percent(double? told, double? connections, double? slots)
    {
        if (told is not (> 0 and <= 1) || connections is not { } used || slots is not > 0)
            return told;
        var expected = 100 * used / slots.Value;
        return Math.Abs((told.Value * 100) - expected) < Math.Abs(told.Value - expected) ? told * 100 : told;
    }

    private static MemoryReading MemoryOf(JsonNode? memory)
    {
        var percentage = Number(Member(memory, "percentage")) ?? Number(Member(memory, "percent")) ?? (memory is JsonObject ? null : Number(memory));
        var used = Number(Member(memory, "usedMegabytes")) * Megabyte ?? Number(Member(memory, "usedBytes")) ?? Number(Member(memory, "used"));
        var limit = Number(Member(memory, "limitMegabytes")) * Megabyte ?? Number(Member(memory, "limitBytes")) ?? Number(Member(memory, "total"));
        return new MemoryReading(used, limit, percentage ?? (limit > 0 ? 100 * used / limit : null));
    }

    private static JsonNode? Member(JsonNode? node, string name) => (node as JsonObject)?[name];

    private static string? Word(JsonNode? node) => node is JsonValue value && value.ToString() is { Length: > 0 } text ? text : null;

    /// <summary>As a number or a text, with a percent sign or without.</summary>
    private static double? Number(JsonNode? node) =>
        double.TryParse(Word(node)?.TrimEnd('%', ' '), NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
}
