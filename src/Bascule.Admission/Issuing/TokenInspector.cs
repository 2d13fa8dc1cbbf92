using System.Text.Json;
using System.Text.Json.Nodes;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Admission;

/// <summary>A time that a token names.</summary>
/// <param name="Claim"><c>iat</c>, <c>nbf</c> or <c>exp</c>.</param>
/// <param name="Words">Where it lies, seen from now: <c>expires in 4 min 10 s</c>.</param>
public sealed record TokenTime(string Claim, DateTimeOffset At, string Words);

/// <summary>What a token says, whether or not it is genuine.</summary>
/// <param name="SignatureFault">Why the key that was given does not confirm it; null when it does, or when none was given.</param>
/// <param name="TimeFault">Why it is not valid now, without any skew; null when it is.</param>
public sealed record TokenInspection(JsonObject Header, JsonObject Claims, IReadOnlyList<TokenTime> Times, Ending? SignatureFault, Ending? TimeFault);

/// <summary>Shows tokens to people.</summary>
public static class TokenInspector
{
    // The largest value of auth.jwt.maxBytes.
    private const int MaxBytes = 65536;

    /// <param name="key">Checks the signature; null leaves it unchecked.</param>
    /// <returns>What it says; or why that cannot be told: it is no token, or the key cannot be used.</returns>
    public static async Task<(TokenInspection? Inspection, string? Fault)> InspectAsync(
        string token, KeySettings? key, TimeProvider time, CancellationToken cancellation)
    {
        if (SignedToken.Read(token, MaxBytes, out var fault) is not { } signed)
            return (null, fault);
        if (Object(signed.HeaderJson) is not { } header || Object(signed.Payload) is not { } claims)
            return (null, "its header or payload is not a JSON object, or a name stands in it twice");
        Ending? signature = null;
        if (key is not null)
        {
            var keys = ConfiguredKeys.Read(key);
            if (keys.Keys.Count == 0)
                return (null, keys.Refused.Count > 0 ? "the key cannot be used: " + keys.Refused[0] : "there is no key for signatures in what was given");
            signature = await new SignatureCheck(keys.Keys, null, []).CheckAsync(signed, cancellation);
        }

        var now = time.GetUtcNow();
        var times = Times(signed.Payload, now);
        return (new TokenInspection(header, claims, times, signature, TimeFault(times, now)), null);
    }

    private static Ending? TimeFault(IReadOnlyList<TokenTime> times, DateTimeOffset now)
    {
        foreach (var time in times)
        {
            if (time.Claim == "nbf" && now < time.At)
                return new Ending(EndReasons.TokenNotYetValid, time.Words);
            if (time.Claim == "exp" && now >= time.At)
                return new Ending(EndReasons.TokenExpired, time.Words);
        }

        return null;
    }

    private static List<TokenTime> Times(byte[] payload, DateTimeOffset now)
    {
        using var document = JsonDocument.Parse(payload);
        var claims = new ClaimReader(document.RootElement);
        var times = new List<TokenTime>();
        Add("iat", "issued", "will be issued");
        Add("nbf", "became valid", "becomes valid");
        Add("exp", "expired", "expires");
        return times;

        void Add(string claim, string past, string future)
        {
            if (claims.Time(claim) is { } at)
                times.Add(new TokenTime(claim, at, at <= now ? $"{past} {Evidence.Span(now - at)} ago" : $"{future} in {Evidence.Span(at - now)}"));
        }
    }

    private static JsonObject? Object(byte[] json)
    {
        try
        {
            // Written once, because a node reads its text only then.
            var node = JsonNode.Parse(json, documentOptions: SignedToken.StrictJson) as JsonObject;
            _ = node?.ToJsonString();
            return node;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape that is half of a surrogate pair.
            return null;
        }
    }
}
