using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bascule.Admission;

/// <summary>What a token shall say.</summary>
public sealed record TokenRequest
{
    public required string Subject { get; init; }

    /// <summary>Null: the usual one of the key.</summary>
    public string? Algorithm { get; init; }

    /// <summary>From now to <c>exp</c>.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(1);

    public string? Issuer { get; init; }

    public string? Audience { get; init; }

    public IReadOnlyList<string> Roles { get; init; } = [];

    public string? Tier { get; init; }

    /// <summary>Topics and patterns that it may read; null: the token does not say.</summary>
    public IReadOnlyList<string>? Read { get; init; }

    /// <summary>The same of publishing.</summary>
    public IReadOnlyList<string>? Write { get; init; }

    /// <summary><c>kid</c> of the header.</summary>
    public string? KeyId { get; init; }

    /// <summary>Further claims; one of a name that stands above replaces it.</summary>
    public IReadOnlyDictionary<string, JsonNode?> Claims { get; init; } = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
}

/// <summary>Makes signed tokens for development, tests and the demo.</summary>
public static class TokenIssuer
{
    /// <exception cref="ArgumentException">The key cannot sign with the algorithm of the request.</exception>
    public static string Issue(TokenRequest request, SigningKey key, TimeProvider time)
    {
        var algorithm = request.Algorithm ?? key.Algorithms[0];
        if (!key.Algorithms.Contains(algorithm))
            throw new ArgumentException($"The key cannot sign with {algorithm}; it can with {string.Join(' ', key.Algorithms)}.", nameof(request));
        var header = new JsonObject { ["alg"] = algorithm, ["typ"] = "JWT" };
        if (request.KeyId is not null)
            header["kid"] = request.KeyId;
        var input = $"{Encode(header)}.{Encode(Claims(request, time.GetUtcNow()))}";
        return $"{input}.{Base64Url.EncodeToString(key.Sign(algorithm, Encoding.ASCII.GetBytes(input)))}";
    }

    private static JsonObject Claims(TokenRequest request, DateTimeOffset now)
    {
        var claims = new JsonObject { ["sub"] = request.Subject };
        if (request.Issuer is not null)
            claims["iss"] = request.Issuer;
        if (request.Audience is not null)
            claims["aud"] = request.Audience;
        if (request.Roles.Count > 0)
            claims["roles"] = Array(request.Roles);
        if (request.Tier is not null)
            claims["tier"] = request.Tier;
        if (request.Read is not null)
            claims["read"] = Array(request.Read);
        if (request.Write is not null)
            claims["write"] = Array(request.Write);
        claims["iat"] = now.ToUnixTimeSeconds();
        claims["exp"] = now.Add(request.Lifetime).ToUnixTimeSeconds();
        foreach (var (name, value) in request.Claims)
            claims[name] = value?.DeepClone();
        return claims;
    }

    private static JsonArray Array(IReadOnlyList<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);

    private static string Encode(JsonObject json) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(json));
}
