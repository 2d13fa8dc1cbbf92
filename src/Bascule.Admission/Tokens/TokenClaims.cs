using System.Text.Json;
using System.Text.Unicode;
using Bascule.Model;

namespace Bascule.Admission;

/// <summary>The claims of a token whose signature is good (RFC 7519 §4).</summary>
internal sealed record TokenClaims(Identity Identity, IReadOnlyList<string> Audiences, DateTimeOffset? NotBefore)
{
    /// <param name="fault">Why the result is null.</param>
    internal static TokenClaims? Read(byte[] payload, out string fault)
    {
        fault = "its payload is not a JSON object of RFC 7519";
        if (!Utf8.IsValid(payload))
            return null;
        try
        {
            using var document = JsonDocument.Parse(payload, SignedToken.StrictJson);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(new ClaimReader(document.RootElement), ref fault) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape that is half of a surrogate pair. Both are the fault above.
            return null;
        }
    }

    private static TokenClaims? Read(ClaimReader claims, ref string fault)
    {
        var subject = claims.Text("sub");
        var identity = new Identity(
            subject ?? "",
            claims.Text("iss"),
            claims.Text("jti"),
            claims.List("roles") ?? claims.List("role") ?? [],
            claims.Text("tier"),
            claims.Time("exp"),
            claims.Time("iat"),
            claims.Text("sid"))
        {
            Read = claims.Topics("read"),
            Write = claims.Topics("write"),
            Tenant = claims.Text("tenant") ?? claims.Text("tid"),
        };
        var read = new TokenClaims(identity, claims.Texts("aud") ?? [], claims.Time("nbf"));
        fault = claims.Fault ?? "it has no `sub`, so it names nobody";
        return claims.Fault is null && !string.IsNullOrEmpty(subject) ? read : null;
    }
}
