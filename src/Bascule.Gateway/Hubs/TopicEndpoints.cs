using System.Text.Json;
using System.Text.Json.Serialization;
using Bascule.Model;
using Bascule.Settings;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <param name="Cursor">Where the message stands in its topic; a subscription with it begins after the message.</param>
/// <param name="Deduplicated">A message with this idempotency key was published before, and this one is it.</param>
public sealed record PublishedDocument(string Topic, string? Cursor, bool Deduplicated);

/// <summary>The answer to a batch: in its order; those that are missing at the end were not tried.</summary>
public sealed record PublishedBatchDocument(IReadOnlyList<PublishedDocument> Published);

/// <param name="Data">The message as JSON; a text is sent without its quotes.</param>
/// <param name="Data64">The message in Base64, instead.</param>
public sealed record BatchMessage(string? Topic, string? Key, JsonElement? Data, string? Data64, string? Id);

public sealed record PublishBatch(IReadOnlyList<BatchMessage>? Messages);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PublishedDocument))]
[JsonSerializable(typeof(PublishedBatchDocument))]
[JsonSerializable(typeof(PublishBatch))]
internal sealed partial class TopicJson : JsonSerializerContext;

/// <summary>Publishing over HTTP: <c>POST /api/topics/TOPIC</c> with the message as its body, and <c>POST /api/topics:publish</c> with several.</summary>
public sealed class TopicEndpoints(LiveConfiguration configuration, UserCalls calls, HubRoom hub, HttpClosing closing)
{
    private const string TopicPrefix = "/api/topics/";
    private const string BatchPath = "/api/topics:publish";
    private const int MostBatchMessages = 10_000;
    private const int MostBatchBytes = 16 * 1024 * 1024;

    /// <summary>Answers when the path is one of ours, and no configured route names exactly the same.</summary>
    public async Task<bool> TryAnswerAsync(HttpContext context, RequestHead head)
    {
        var isBatch = head.Path == BatchPath;
        if ((!isBatch && !head.Path.StartsWith(TopicPrefix, StringComparison.Ordinal)) || configuration.Current.Routes.HasExact(head) || !hub.IsOpen)
            return false;
        if (calls.Begin(context, head, "POST", "Authorization, Content-Type, Idempotency-Key, X-Bascule-Key") is not { } call)
            return true;
        var refusal = call.Refusal ?? await (isBatch ? PublishBatchAsync(context, call.Passage) : PublishOneAsync(context, call.Passage));
        if (refusal is { } ending)
            await closing.RefuseAsync(call.Passage, context, ending);
        return true;
    }

    private async Task<Ending?> PublishOneAsync(HttpContext context, Passage passage)
    {
        var topic = Uri.UnescapeDataString(passage.Head.Path[TopicPrefix.Length..]);
        if (await AllowAsync(passage, [topic], context.RequestAborted) is { } refusal)
            return refusal;
        var (body, fault) = await ReadBodyAsync(context, hub.MostMessageBytes);
        if (fault is not null)
            return fault;
        var headers = passage.Head.Headers;
        var published = await hub.PublishAsync(topic, headers.First("X-Bascule-Key"), body, headers.First("Idempotency-Key"), context.RequestAborted);
        if (published.Fault is not null)
            return published.Fault;
        await AnswerAsync(context, DocumentOf(topic, published), ReadableJson.Topics.PublishedDocument);
        return null;
    }

    private async Task<Ending?> PublishBatchAsync(HttpContext context, Passage passage)
    {
        var (body, fault) = await ReadBodyAsync(context, MostBatchBytes);
        if (fault is not null)
            return fault;
        PublishBatch? batch;
        try
        {
            batch = JsonSerializer.Deserialize(body.Span, TopicJson.Default.PublishBatch);
        }
        catch (JsonException e)
        {
            return new Ending(EndReasons.BadRequest, $"the body is no batch of messages: {JsonFaultText.Of(e)}");
        }

        if (batch?.Messages is not { Count: > 0 and <= MostBatchMessages } messages)
            return new Ending(EndReasons.BadRequest, $"the batch has {batch?.Messages?.Count ?? 0} messages, expected 1 to {MostBatchMessages}");
        if (await AllowAsync(passage, [.. messages.Select(m => m.Topic ?? "").Distinct(StringComparer.Ordinal)], context.RequestAborted) is { } refusal)
            return refusal;
        var done = new List<PublishedDocument>(messages.Count);
        foreach (var message in messages)
        {
            if (PayloadOf(message) is not { } payload)
                return new Ending(EndReasons.BadRequest, $"message {done.Count} has neither data nor good data64; {done.Count} were published");
            if (payload.Length > hub.MostMessageBytes)
                return new Ending(EndReasons.BadRequest, $"message {done.Count} has {payload.Length} bytes, expected {hub.MostMessageBytes} at most; {done.Count} were published");
            var published = await hub.PublishAsync(message.Topic!, message.Key, payload, message.Id, context.RequestAborted);
            if (published.Fault is { } why)
                return why with { Detail = $"{why.Detail}; {done.Count} of {messages.Count} were published" };
            done.Add(DocumentOf(message.Topic!, published));
        }

        await AnswerAsync(context, new PublishedBatchDocument(done), ReadableJson.Topics.PublishedBatchDocument);
        return null;
    }

    /// <summary>Each topic must be one that some route lets its clients publish to, and the token too, where the route wants one.</summary>
    private async Task<Ending?> AllowAsync(Passage passage, IReadOnlyList<string> topics, CancellationToken cancellation)
    {
        foreach (var topic in topics)
        {
            if (TopicText.Fault(topic) is { } fault)
                return new Ending(EndReasons.TopicMalformed, $"the name of the topic {fault}");
        }

        var routes = passage.Rules.Routes.All.Where(route => route.Destination is TopicDestination && route.Auth != AuthPolicy.Gateway).ToList();
        var open = routes.Where(route => route.Auth != AuthPolicy.Required).SelectMany(WriteOf).ToList();
        if (passage.Head.Headers.First("Authorization") is null && topics.All(topic => GrantRules.Allow(open, topic)))
            return null;
        if (await calls.IdentifyAsync(passage, cancellation) is { } refusal)
            return refusal;
        var granted = GrantRules.Narrow([.. routes.SelectMany(WriteOf).Distinct(StringComparer.Ordinal)], passage.Identity!.Write);
        return topics.FirstOrDefault(topic => !GrantRules.Allow(granted, topic)) is { } forbidden ? new Ending(EndReasons.TopicForbidden, $"publish to {forbidden}") : null;
    }

    private static IReadOnlyList<string> WriteOf(Route route) => ((TopicDestination)route.Destination).Write;

    private static ReadOnlyMemory<byte>? PayloadOf(BatchMessage message)
    {
        if (message.Data is { } data)
            return data.ValueKind == JsonValueKind.String ? System.Text.Encoding.UTF8.GetBytes(data.GetString()!) : System.Text.Encoding.UTF8.GetBytes(data.GetRawText());
        if (message.Data64 is not { } text)
            return null;
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes.AsMemory(0, length) : null;
    }

    private static PublishedDocument DocumentOf(string topic, Publishing published) => new(topic, published.Cursor, published.Again);

    private static async Task<(ReadOnlyMemory<byte> Body, Ending? Fault)> ReadBodyAsync(HttpContext context, int most)
    {
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int read; (read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0;)
        {
            if (body.Length + read > most)
                return (default, new Ending(EndReasons.BadRequest, $"the body has more than {most} bytes"));
            body.Write(buffer, 0, read);
        }

        return (body.GetBuffer().AsMemory(0, (int)body.Length), null);
    }

    private static Task AnswerAsync<T>(HttpContext context, T document, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        context.Response.Headers.CacheControl = "no-store";
        return AdminCall.WriteAsync(context, StatusCodes.Status202Accepted, "application/json; charset=utf-8", JsonSerializer.SerializeToUtf8Bytes(document, type));
    }
}
