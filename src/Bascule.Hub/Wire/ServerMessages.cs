using System.Text.Json;
using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Hub;

/// <summary>Writes what we answer and say by ourselves in <c>bascule.v1</c>: JSON objects, without frames. What streams say is the encoders'.</summary>
/// <remarks>Each is valid until anything else writes JSON on this thread.</remarks>
public static class ServerMessages
{
    public static ReadOnlySpan<byte> Welcome(Welcome welcome)
    {
        var scratch = Start("welcome", out var json);
        json.WriteString("session", welcome.Session);
        json.WriteString("attempt", welcome.Attempt);
        json.WriteNumber("heartbeat", Milliseconds(welcome.Heartbeat));
        json.WriteStartObject("limits");
        json.WriteNumber("messageBytes", welcome.MessageBytes);
        json.WriteNumber("subscriptions", welcome.Subscriptions);
        json.WriteEndObject();
        json.WriteString("resume", welcome.Resume);
        return End(scratch);
    }

    public static ReadOnlySpan<byte> Subscribed(string? id, string topic, string cursor, ResumeKind resume)
    {
        var scratch = Start("subscribed", out var json, id);
        json.WriteString(MessageJson.Topic, topic);
        json.WriteString(MessageJson.Cursor, cursor);
        json.WriteString("resume", resume switch { ResumeKind.Fresh => "fresh", ResumeKind.Gap => "gap", _ => "replaying" });
        return End(scratch);
    }

    public static ReadOnlySpan<byte> Unsubscribed(string? id, string topic)
    {
        var scratch = Start("unsubscribed", out var json, id);
        json.WriteString(MessageJson.Topic, topic);
        return End(scratch);
    }

    /// <param name="cursor">Where the message stands; null: its source does not say.</param>
    public static ReadOnlySpan<byte> Published(string id, string? cursor)
    {
        var scratch = Start("published", out var json, id);
        if (cursor is not null)
            json.WriteString(MessageJson.Cursor, cursor);
        return End(scratch);
    }

    /// <param name="expires">Null: never.</param>
    public static ReadOnlySpan<byte> Renewed(string? id, DateTimeOffset? expires)
    {
        var scratch = Start("renewed", out var json, id);
        if (expires is { } at)
            json.WriteString("expires", at.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ssZ"));
        else
            json.WriteNull("expires");
        return End(scratch);
    }

    /// <param name="change">Who came or went; null: nobody in particular, the whole state.</param>
    /// <param name="users">With the state: some of those who are there.</param>
    public static ReadOnlySpan<byte> Presence(string? id, string topic, int count, PresenceChange? change, IReadOnlyCollection<string> users)
    {
        var scratch = Start("presence", out var json, id);
        json.WriteString(MessageJson.Topic, topic);
        json.WriteString("event", change is { } known ? known.Joined ? "join" : "leave" : "state");
        json.WriteNumber("count", count);
        if (change is { } one)
            json.WriteString("user", one.User);
        else
        {
            json.WriteStartArray("users");
            foreach (var user in users)
                json.WriteStringValue(user);
            json.WriteEndArray();
        }

        return End(scratch);
    }

    /// <summary>Something that will end the connection unless the client acts.</summary>
    public static ReadOnlySpan<byte> Notice(string label, TimeSpan closesIn)
    {
        var scratch = Start("notice", out var json);
        json.WriteString("label", label);
        json.WriteNumber("closesIn", Math.Max(0, (long)Math.Ceiling(closesIn.TotalSeconds)));
        return End(scratch);
    }

    /// <summary>The client is held back, and will be closed if it goes on.</summary>
    public static ReadOnlySpan<byte> HeldBack(RateExcess excess, TimeSpan closesIn)
    {
        var scratch = Start("notice", out var json);
        json.WriteString("label", EndReasons.MessageRate.Label);
        json.WriteNumber("limit", excess.Limit);
        json.WriteString("unit", excess.UnitName);
        json.WriteNumber("closesIn", Math.Max(0, (long)Math.Ceiling(closesIn.TotalSeconds)));
        return End(scratch);
    }

    public static ReadOnlySpan<byte> Goodbye(Goodbye goodbye)
    {
        var scratch = Start("goodbye", out var json);
        json.WriteNumber("code", goodbye.Code);
        json.WriteString("label", goodbye.Label);
        json.WriteString("text", goodbye.Text);
        json.WriteStartObject("retry");
        json.WriteString("class", goodbye.Class);
        json.WriteNumber("afterMs", Milliseconds(goodbye.After));
        json.WriteNumber("withinMs", Milliseconds(goodbye.Within));
        json.WriteEndObject();
        if (goodbye.Reconnect.Count > 0)
        {
            json.WriteStartArray("reconnect");
            foreach (var address in goodbye.Reconnect)
                json.WriteStringValue(address);
            json.WriteEndArray();
        }

        if (goodbye.Note is { Length: > 0 } note)
            json.WriteString("note", note);
        json.WriteString("resume", goodbye.Resume);
        return End(scratch);
    }

    /// <param name="topic">What it is about, where it is about one.</param>
    public static ReadOnlySpan<byte> Error(string? id, string code, string text, string? topic = null)
    {
        var scratch = Start("error", out var json, id);
        json.WriteString("code", code);
        json.WriteString("text", text);
        if (topic is not null)
            json.WriteString(MessageJson.Topic, topic);
        return End(scratch);
    }

    /// <summary>A subscription ended because the client may not read it any more.</summary>
    public static ReadOnlySpan<byte> Forbidden(string topic, string cursor)
    {
        var scratch = JsonScratch.Rent();
        MessageJson.Gap(scratch.Json, topic, GapReason.Forbidden, null, cursor);
        return scratch.Written();
    }

    public static ReadOnlySpan<byte> Pong(string? id) => End(Start("pong", out _, id));

    private static long Milliseconds(TimeSpan span) => (long)span.TotalMilliseconds;

    private static JsonScratch Start(string type, out Utf8JsonWriter json, string? id = null)
    {
        var scratch = JsonScratch.Rent();
        json = scratch.Json;
        json.WriteStartObject();
        json.WriteString(MessageJson.Type, type);
        if (id is not null)
        {
            json.WritePropertyName("id");
            json.WriteRawValue(id, skipInputValidation: true);
        }

        return scratch;
    }

    private static ReadOnlySpan<byte> End(JsonScratch scratch)
    {
        scratch.Json.WriteEndObject();
        return scratch.Written();
    }
}
