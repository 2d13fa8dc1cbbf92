using System.Text.Json;
using System.Text.Json.Serialization;
using Bascule.Admission;
using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>What a gateway says of a client that it brings to a terminal, or of a question that it asks there itself.</summary>
/// <param name="User">Null where nobody is asked who he is.</param>
/// <param name="Role"><c>write</c> or <c>read</c>: the most that he may.</param>
/// <param name="Attempt">By which client, gateway and host call the same connection.</param>
/// <param name="Client">His address, as the gateway knows it.</param>
/// <param name="Expires">When his right ends; null: with his connection.</param>
public sealed record TerminalTerms(string Session, string? User, string Role, string Attempt, string? Client, DateTimeOffset? Expires)
{
    /// <summary>Field of the request in which they come, sealed.</summary>
    public const string Field = GatewayTerms.Field;

    public const string Write = "write";

    public const string Read = "read";
}

/// <summary>Seals and opens the terms of one session's clients, with the key of that session.</summary>
public sealed class TerminalSeal(string key, TimeProvider time) : IDisposable
{
    private const string Purpose = "terminal";

    private readonly NoteSeal _seal = new(Purpose, key, time);

    /// <param name="path">As the host sees it: there alone they are good.</param>
    public string Seal(TerminalTerms terms, string path)
    {
        var note = JsonSerializer.SerializeToNode(terms, TerminalTermsJson.Default.TerminalTerms)!;
        return _seal.Seal(terms.Session, path, note) ?? throw new InvalidOperationException($"The terms of a terminal have more than {NoteSeal.MostBytes} bytes: a name of a user is that long.");
    }

    /// <summary>Opens them, once.</summary>
    public async ValueTask<(TerminalTerms? Terms, Ending? Refusal)> OpenAsync(string text, string path, CancellationToken cancellation)
    {
        var opened = await _seal.OpenAsync(text, path, cancellation);
        if (opened.Refusal is { } refusal)
            return (null, refusal with { Detail = $"{TerminalTerms.Field}: {refusal.Detail}" });
        return Read(opened.Json!) is { } terms
            ? (terms, null)
            : (null, new Ending(EndReasons.TokenMalformed, $"{TerminalTerms.Field}: they do not say what this version must know; gateway and host must be of one version"));
    }

    public void Dispose() => _seal.Dispose();

    private static TerminalTerms? Read(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, TerminalTermsJson.Default.TerminalTerms) is { Role: TerminalTerms.Write or TerminalTerms.Read } terms ? terms : null;
        }
        catch (JsonException)
        {
            // Another version wrote it: the caller says so.
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(TerminalTerms))]
internal sealed partial class TerminalTermsJson : JsonSerializerContext;
