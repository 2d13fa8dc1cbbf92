using System.Text.Json;
using System.Text.Json.Serialization;
using Bascule.Model;

namespace Bascule.Admission;

/// <summary>What a ticket stands for, as the store keeps it.</summary>
/// <param name="Route">The only route that it opens, or null.</param>
/// <param name="Origin">The only origin of pages that may use it, or null.</param>
internal sealed record TicketPayload(Identity Identity, string? Route, string? Origin, DateTimeOffset ExpiresAt)
{
    internal string ToJson() => JsonSerializer.Serialize(this, TicketJson.Default.TicketPayload);

    /// <summary>Null when the text is none: another version wrote it, or something else.</summary>
    internal static TicketPayload? Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, TicketJson.Default.TicketPayload);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, DefaultIgnoreCondition = JsonIgnoreCondition.Never)]
[JsonSerializable(typeof(TicketPayload))]
internal sealed partial class TicketJson : JsonSerializerContext;
