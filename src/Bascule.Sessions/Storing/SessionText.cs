using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bascule.Sessions;

/// <summary>A record as JSON, for stores. The version stands beside it. Fields that an older gateway does not know are skipped by it.</summary>
public static class SessionText
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new IdConverter(), new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public static string Write(SessionRecord record) => JsonSerializer.Serialize(record, Options);

    /// <exception cref="SessionStoreException">The text is none of ours.</exception>
    public static SessionRecord Read(string json, long version)
    {
        try
        {
            return JsonSerializer.Deserialize<SessionRecord>(json, Options)! with { Version = version };
        }
        catch (JsonException e)
        {
            throw new SessionStoreException($"A record of a session cannot be read: {e.Message} It was written by a newer Bascule, or by hand.", e);
        }
    }

    private sealed class IdConverter : JsonConverter<SessionId>
    {
        public override SessionId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            SessionId.TryParse(reader.GetString(), out var id) ? id : throw new JsonException("It has no session id where one is expected.");

        public override void Write(Utf8JsonWriter writer, SessionId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
