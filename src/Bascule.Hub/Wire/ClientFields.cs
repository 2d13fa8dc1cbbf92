using System.Globalization;
using System.Text.Json;

namespace Bascule.Hub;

/// <summary>The fields of one message of a client as they are read; fields that are not known are skipped, so that clients may be newer than we are.</summary>
internal sealed class ClientFields
{
    private const int MaxIdLength = 64;
    private const int MaxKeyLength = 1000;

    /// <summary>Headers of HTTP, where tokens stand otherwise, end at 32 KiB in Kestrel; tokens are half of it at most.</summary>
    private const int MaxTokenLength = 16 * 1024;

    /// <summary>As many as one message of 64 KiB can name.</summary>
    private const int MaxTopics = 1000;

    private const string TopicRule = "A topic has 1 to 200 characters of A-Z a-z 0-9 . _ : / @ + ~ -; a pattern ends with one *.";

    private string? _type;
    private string? _id;
    private string? _topic;
    private string? _cursor;
    private string? _key;
    private string? _token;
    private byte[]? _payload;
    private List<(string? Topic, string? Cursor)>? _topics;
    private ClientFault? _fault;

    /// <summary>Null when all that was read is of the right type and size.</summary>
    internal ClientFault? Read(ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
                return new ClientFault(ClientFault.BadJson, "A message is one JSON object.");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                ReadField(ref reader, text);
            // Anything behind the object is found by this.
            reader.Read();
        }
        catch (JsonException)
        {
            return new ClientFault(ClientFault.BadJson, "The message is not valid JSON.");
        }
        catch (InvalidOperationException)
        {
            // What the reader throws for half of a surrogate pair.
            return new ClientFault(ClientFault.BadJson, "A string of the message is not valid Unicode.");
        }

        return _fault is null ? null : _fault with { Id = _id };
    }

    /// <summary>Null, with the fault, when a field is missing or says nothing usable.</summary>
    internal ClientMessage? Build(out ClientFault? fault)
    {
        var message = _type switch
        {
            "subscribe" => Subscribe(),
            "unsubscribe" => OfTopic(ClientMessageKind.Unsubscribe, mayBePattern: true),
            "presence" => OfTopic(ClientMessageKind.Presence, mayBePattern: false),
            "publish" => Publish(),
            "token" => Token(),
            "ping" => new ClientMessage(ClientMessageKind.Ping, _id),
            null => Fail(ClientFault.TypeMissing, "The message has no field \"type\"."),
            _ => Fail(ClientFault.UnknownType, "The type is not one of subscribe, unsubscribe, publish, token, ping, presence."),
        };
        fault = message is null ? _fault! with { Id = _id } : null;
        return message;
    }

    private void ReadField(ref Utf8JsonReader reader, ReadOnlySpan<byte> text)
    {
        if (reader.ValueTextEquals("type"u8))
            _type = ReadString(ref reader, "type", MaxIdLength);
        else if (reader.ValueTextEquals("id"u8))
            ReadId(ref reader);
        else if (reader.ValueTextEquals("topic"u8))
            _topic = ReadString(ref reader, "topic", TopicName.MostCharacters);
        else if (reader.ValueTextEquals("cursor"u8))
            _cursor = ReadString(ref reader, "cursor", Cursor.MostCharacters);
        else if (reader.ValueTextEquals("key"u8))
            _key = ReadString(ref reader, "key", MaxKeyLength);
        else if (reader.ValueTextEquals("token"u8))
            _token = ReadString(ref reader, "token", MaxTokenLength);
        else if (reader.ValueTextEquals("topics"u8))
            ReadTopics(ref reader);
        else if (reader.ValueTextEquals("data"u8))
            ReadPayload(ref reader, text);
        else if (reader.ValueTextEquals("data64"u8))
            ReadPayload64(ref reader);
        else
            reader.Skip();
    }

    /// <summary>Reads the value of a field. Null, like a missing field, where the JSON says so; null with a fault where it is no string or too long.</summary>
    private string? ReadString(ref Utf8JsonReader reader, string name, int maxLength)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (reader.TokenType == JsonTokenType.String && reader.GetString() is { } value && value.Length <= maxLength)
            return value;
        reader.Skip();
        Fail(ClientFault.FieldInvalid, $"\"{name}\" is not a string of at most {maxLength} characters.");
        return null;
    }

    private void ReadId(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number))
            _id = number.ToString(CultureInfo.InvariantCulture);
        else if (reader.TokenType == JsonTokenType.String && reader.GetString() is { Length: <= MaxIdLength } text)
            _id = $"\"{JsonEncodedText.Encode(text)}\"";
        else if (reader.TokenType != JsonTokenType.Null)
        {
            reader.Skip();
            Fail(ClientFault.FieldInvalid, $"\"id\" is neither a whole number nor a string of at most {MaxIdLength} characters.");
        }
    }

    private void ReadTopics(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            Fail(ClientFault.FieldInvalid, "\"topics\" is not a list.");
            return;
        }

        _topics = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject && _topics.Count < MaxTopics)
                _topics.Add(ReadTopic(ref reader));
            else
            {
                reader.Skip();
                Fail(ClientFault.FieldInvalid, $"\"topics\" is not a list of at most {MaxTopics} objects.");
            }
        }
    }

    private (string? Topic, string? Cursor) ReadTopic(ref Utf8JsonReader reader)
    {
        string? topic = null;
        string? cursor = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("topic"u8))
                topic = ReadString(ref reader, "topic", TopicName.MostCharacters);
            else if (reader.ValueTextEquals("cursor"u8))
                cursor = ReadString(ref reader, "cursor", Cursor.MostCharacters);
            else
                reader.Skip();
        }

        return (topic, cursor);
    }

    private void ReadPayload(ref Utf8JsonReader reader, ReadOnlySpan<byte> text)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        _payload = text[start..(int)reader.BytesConsumed].ToArray();
    }

    private void ReadPayload64(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String && reader.TryGetBytesFromBase64(out var bytes))
        {
            _payload = bytes;
            return;
        }

        reader.Skip();
        Fail(ClientFault.FieldInvalid, "\"data64\" is not a string in base64.");
    }

    private ClientMessage? Subscribe()
    {
        var named = _topics ?? [(_topic, _cursor)];
        var starts = new TopicStart[named.Count];
        for (var i = 0; i < starts.Length; i++)
        {
            var (name, text) = named[i];
            Cursor? from = null;
            if (name is null)
                return Fail(ClientFault.FieldMissing, "\"topic\" is missing.");
            if (!TopicPattern.IsValid(name))
                return Fail(ClientFault.TopicInvalid, TopicRule);
            if (text is not null && !Cursor.TryParse(text, out from))
                return Fail(ClientFault.CursorInvalid, "The cursor is not one that was given out here; subscribe without one.");
            starts[i] = new TopicStart(name, from);
        }

        return starts.Length == 0
            ? Fail(ClientFault.FieldMissing, "\"topics\" is empty.")
            : new ClientMessage(ClientMessageKind.Subscribe, _id) { Topics = starts };
    }

    private ClientMessage? OfTopic(ClientMessageKind kind, bool mayBePattern)
    {
        if (_topic is null)
            return Fail(ClientFault.FieldMissing, "\"topic\" is missing.");
        var isValid = mayBePattern ? TopicPattern.IsValid(_topic) : TopicName.IsValid(_topic);
        return isValid ? new ClientMessage(kind, _id) { Topic = _topic } : Fail(ClientFault.TopicInvalid, TopicRule);
    }

    private ClientMessage? Publish()
    {
        if (_id is null)
            return Fail(ClientFault.FieldMissing, "\"id\" is missing: it tells a repeated publish from a new one.");
        if (_topic is null)
            return Fail(ClientFault.FieldMissing, "\"topic\" is missing.");
        if (!TopicName.IsValid(_topic))
            return Fail(ClientFault.TopicInvalid, TopicRule);
        return _payload is null
            ? Fail(ClientFault.FieldMissing, "\"data\" or \"data64\" is missing.")
            : new ClientMessage(ClientMessageKind.Publish, _id) { Topic = _topic, Key = _key, Payload = _payload };
    }

    private ClientMessage? Token() => string.IsNullOrEmpty(_token)
        ? Fail(ClientFault.FieldMissing, "\"token\" is missing.")
        : new ClientMessage(ClientMessageKind.Token, _id) { Token = _token };

    /// <summary>The first fault is the one that is told.</summary>
    private ClientMessage? Fail(string code, string text)
    {
        _fault ??= new ClientFault(code, text);
        return null;
    }
}
