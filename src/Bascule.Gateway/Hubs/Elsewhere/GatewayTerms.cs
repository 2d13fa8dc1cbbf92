using System.Text.Json;
using System.Text.Json.Serialization;
using Bascule.Admission;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>What a gateway says of a client that it brings to a shard on another machine: the order that a shard here would get, sealed, in a field of the upgrade.</summary>
/// <param name="seal">Null when no secret was configured at the start.</param>
public sealed class GatewayTerms(NoteSeal? seal) : IDisposable
{
    /// <summary>Of the request for a WebSocket. A client's own is never passed on: <see cref="BackendFields"/>.</summary>
    internal const string Field = "Bascule-Terms";

    /// <exception cref="IOException">The file of the secret cannot be read; the rules of the settings look at it before.</exception>
    internal static GatewayTerms Of(HubSettings hub, string workingDirectory, TimeProvider time) =>
        new(SecretOf(hub, workingDirectory) is { } secret ? new NoteSeal("terms", secret, time) : null);

    /// <summary>What stands in <c>hub.secretFile</c>; null without one.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static string? SecretOf(HubSettings hub, string workingDirectory)
    {
        if (hub.SecretFile is not { } file)
            return null;
        return SecretText.TryReadFile(file, workingDirectory, out var secret, out var problem) ? secret : throw new IOException($"hub.secretFile {problem}.");
    }

    public void Dispose() => seal?.Dispose();

    /// <param name="path">As the shard sees it: there alone they are good.</param>
    /// <returns>Null, with the fault, when they fit into no field.</returns>
    internal string? Seal(TakeOrder order, string path, out string fault)
    {
        fault = seal is null ? "hub.secretFile was not set when this gateway started" : $"the client's topics, cursors and grants have more than the {NoteSeal.MostBytes} bytes of a header field";
        return seal?.Seal(order.Attempt, path, JsonSerializer.SerializeToNode(order, TermsJson.Default.TakeOrder)!);
    }

    /// <summary>For routes with the policy <c>gateway</c>. Sets the terms of the passage.</summary>
    internal async ValueTask<Ending?> CheckAsync(Passage passage, CancellationToken cancellation)
    {
        if (passage.Offer is null)
            return new Ending(EndReasons.TokenMissing, "this route takes WebSockets alone, and only those that a gateway brings");
        if (seal is null)
            return new Ending(EndReasons.KeysUnavailable, "hub.secretFile was not set when this gateway started: restart it");
        if (passage.Head.Headers.First(Field) is not { } text)
            return new Ending(EndReasons.TokenMissing, $"this route takes only clients that a gateway brings, with the field {Field}; whatever else the request shows is not looked at");
        var opened = await seal.OpenAsync(text, passage.Head.Path, cancellation);
        if (opened.Refusal is { } refusal)
            return refusal with { Detail = $"{Field}: {refusal.Detail}" };
        if (Read(opened.Json!) is not { } order)
            return new Ending(EndReasons.TokenMalformed, $"{Field}: it does not say what this version must know; gateway and shard must be of one version");
        passage.Terms = order;
        passage.Attempt.Subject = order.User;
        if (order.Attempt != passage.Attempt.Id.ToString())
            passage.Attempt.Note("gateway", $"its attempt there is {order.Attempt}");
        return null;
    }

    private static TakeOrder? Read(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, TermsJson.Default.TakeOrder);
        }
        catch (JsonException)
        {
            // Another version wrote it: the caller says so.
            return null;
        }
    }
}

/// <summary>Strict, unlike that of the lines: the other end may be of another version.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, DefaultIgnoreCondition = JsonIgnoreCondition.Never)]
[JsonSerializable(typeof(TakeOrder))]
internal sealed partial class TermsJson : JsonSerializerContext;
