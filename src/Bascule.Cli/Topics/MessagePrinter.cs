using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Bascule.Cli;

/// <summary>Prints messages, a line each, and counts them.</summary>
internal sealed class MessagePrinter(Output output, bool isJson, long? most)
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private long _printed;

    /// <summary>Whether nothing more is wanted: enough were printed, or whoever reads them has gone.</summary>
    internal bool IsDone { get; private set; }

    /// <summary>The object of a <c>message</c>.</summary>
    internal void Message(JsonElement message)
    {
        if (isJson)
            Line(JsonSerializer.Serialize(message, Compact));
        else if (message.TryGetProperty("data64", out var bytes))
            Line($"base64:{bytes.GetString()}");
        else if (message.TryGetProperty("data", out var data))
            Line(data.ValueKind == JsonValueKind.String ? InOneLine(data.GetString()!) : JsonSerializer.Serialize(data, Compact));
    }

    /// <summary>A payload alone.</summary>
    internal void Plain(ReadOnlySpan<byte> payload, bool isText)
    {
        if (!isText)
            Line(isJson ? $"{{\"data64\":\"{Convert.ToBase64String(payload)}\"}}" : $"base64:{Convert.ToBase64String(payload)}");
        else
            Line(isJson ? JsonSerializer.Serialize(new { data = Strict.GetString(payload) }, Compact) : InOneLine(Strict.GetString(payload)));
    }

    /// <summary>A text of several lines as a JSON string, so that each message stays one line.</summary>
    private static string InOneLine(string text) => text.AsSpan().ContainsAny('\r', '\n') ? JsonSerializer.Serialize(text, Compact) : text;

    private void Line(string line)
    {
        if (IsDone)
            return;
        IsDone = !output.TryLine(line) || ++_printed == most;
    }
}
