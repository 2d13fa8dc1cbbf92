using System.Buffers;
using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;

namespace Bascule.Cli;

/// <summary>One connection: asks for the topics, prints what comes, and keeps their cursors (contract/messages.md).</summary>
/// <param name="cursors">Of each topic, the newest that was seen.</param>
/// <param name="works">Called when the server has said yes to a topic.</param>
internal sealed class TopicTalk(ClientWebSocket socket, ReadPlan plan, Dictionary<string, string?> cursors, MessagePrinter printer, Output output, Action works)
{
    internal const string Subprotocol = "bascule.v1";

    // Far above any message of a hub; whatever sends more must not fill this machine.
    private const int MostBytes = 64 * 1024 * 1024;

    private Task<ValueWebSocketReceiveResult>? _reading;
    private TalkEnd? _goodbye;
    private TalkEnd? _refusal;

    internal async Task<TalkEnd> RunAsync(TimeProvider time, CancellationToken interruption)
    {
        try
        {
            if (!plan.IsPlain && socket.SubProtocol != Subprotocol)
                return TalkEnd.Final(ExitCodes.FoundFault, $"{plan.Url.Authority} does not speak {Subprotocol} there. Is it a route with topics? --plain reads what it sends.");
            return await ReadAsync(interruption);
        }
        catch (Exception e) when (e is WebSocketException or IOException)
        {
            return _goodbye ?? TalkEnd.Again("The connection was lost.");
        }
        finally
        {
            await Farewell.SayAsync(socket, _reading, time);
        }
    }

    private async Task<TalkEnd> ReadAsync(CancellationToken interruption)
    {
        var message = new ArrayBufferWriter<byte>(16 * 1024);
        if (!plan.IsPlain)
            await SubscribeAsync(interruption);
        while (!printer.IsDone)
        {
            // Not cancelled itself: that would cut the connection before it can be closed.
            _reading = socket.ReceiveAsync(message.GetMemory(4096), CancellationToken.None).AsTask();
            var read = await _reading.WaitAsync(interruption);
            if (read.MessageType == WebSocketMessageType.Close)
                return _goodbye ?? EndOf(socket.CloseStatus, socket.CloseStatusDescription ?? "");
            message.Advance(read.Count);
            if (message.WrittenCount > MostBytes)
                return TalkEnd.Final(ExitCodes.FoundFault, $"{plan.Url.Authority} sent a message of more than {MostBytes} bytes.");
            if (!read.EndOfMessage)
                continue;
            if (plan.IsPlain)
                TakePlain(message.WrittenSpan, read.MessageType == WebSocketMessageType.Text);
            else if (!Take(message.WrittenMemory))
                return _refusal ?? TalkEnd.Final(ExitCodes.FoundFault, $"{plan.Url.Authority} sent what is no message of {Subprotocol}.");
            message.ResetWrittenCount();
        }

        return TalkEnd.Final(ExitCodes.Good, "");
    }

    private async Task SubscribeAsync(CancellationToken interruption)
    {
        // A thousand at once, as the contract says.
        foreach (var topics in cursors.Chunk(1000))
        {
            var asked = new
            {
                type = "subscribe",
                topics = topics.Select(t => t.Value is null ? new Dictionary<string, string> { ["topic"] = t.Key } : new() { ["topic"] = t.Key, ["cursor"] = t.Value }),
            };
            await socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(asked), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None).WaitAsync(interruption);
        }
    }

    private void TakePlain(ReadOnlySpan<byte> payload, bool isText)
    {
        works();
        printer.Plain(payload, isText);
    }

    /// <returns>False: it is over.</returns>
    private bool Take(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            Take(document.RootElement);
            return _refusal is null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            // No JSON, or a field of another kind than the contract says: the caller tells.
            return false;
        }
    }

    private void Take(JsonElement message)
    {
        var topic = Text(message, "sub") ?? Text(message, "topic") ?? "";
        if (Text(message, "cursor") is { } cursor && cursors.ContainsKey(topic))
            cursors[topic] = cursor;
        switch (Text(message, "type"))
        {
            case "subscribed":
                works();
                break;
            case "message":
                printer.Message(message);
                break;
            case "resumed" when message.GetProperty("replayed").GetInt64() is > 0 and var replayed:
                output.ErrorLine($"{topic}: {Readable.Number(replayed)} missed before are printed; nothing is missing.");
                break;
            case "gap":
                output.ErrorLine($"{topic}: messages are missing here ({Text(message, "reason")}).");
                if (Text(message, "reason") == "forbidden")
                    _refusal = TalkEnd.Final(ExitCodes.FoundFault, $"The token does not allow to read {topic} any more.");
                break;
            case "notice":
                output.ErrorLine($"The server closes soon: {Text(message, "label")}.");
                break;
            case "error":
                _refusal = TalkEnd.Final(ExitCodes.FoundFault, $"{(topic.Length > 0 ? $"{topic}: " : "")}{Text(message, "text")} ({Text(message, "code")})");
                break;
            case "goodbye":
                _goodbye = GoodbyeOf(message);
                break;
        }
    }

    private static TalkEnd GoodbyeOf(JsonElement goodbye)
    {
        var words = $"The server ended it: {goodbye.GetProperty("code").GetInt32()} {Text(goodbye, "label")}. {Text(goodbye, "text")}";
        if (!goodbye.TryGetProperty("retry", out var retry))
            return TalkEnd.Again(words);
        if (Text(retry, "class") == "never")
            return TalkEnd.Final(ExitCodes.FoundFault, words);
        return TalkEnd.Again(words) with
        {
            After = Span(retry, "afterMs") ?? TimeSpan.Zero,
            Within = Span(retry, "withinMs"),
            Reconnect = goodbye.TryGetProperty("reconnect", out var addresses) && addresses.GetArrayLength() > 0 ? addresses[0].GetString() : null,
        };
    }

    /// <summary>A close frame alone: <c>label; retry=…; attempt=…</c>, or what others write.</summary>
    private static TalkEnd EndOf(WebSocketCloseStatus? status, string reason)
    {
        var words = $"The server ended it: {((int?)status ?? 1005).ToString(CultureInfo.InvariantCulture)}{(reason.Length > 0 ? $" {reason}" : "")}.";
        var retry = reason.Split("; ").FirstOrDefault(part => part.StartsWith("retry=", StringComparison.Ordinal))?[6..];
        return retry == "never" || (retry is null && status == WebSocketCloseStatus.NormalClosure) ? TalkEnd.Final(ExitCodes.FoundFault, words)
            : retry?.StartsWith("after:", StringComparison.Ordinal) == true && Settings.DurationText.TryParse(retry[6..], out var after) ? TalkEnd.Again(words) with { After = after }
            : TalkEnd.Again(words);
    }

    private static string? Text(JsonElement message, string name) => message.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static TimeSpan? Span(JsonElement retry, string name) =>
        retry.TryGetProperty(name, out var value) && value.TryGetInt64(out var milliseconds) && milliseconds is >= 0 and <= int.MaxValue ? TimeSpan.FromMilliseconds(milliseconds) : null;
}
