using System.Text.Json;
using System.Text.Json.Serialization;
using Bascule.Model;

namespace Bascule.Admission;

/// <summary>What a revocation is about.</summary>
public enum RevocationKind
{
    /// <summary>One token, by its <c>jti</c>.</summary>
    Token,

    /// <summary>All that a subject got before the revocation, by <c>sub</c> and <c>iat</c>.</summary>
    Subject,

    /// <summary>All of a session at the issuer, by <c>sid</c>, later ones too.</summary>
    Session,
}

/// <summary>One order not to believe tokens any more.</summary>
/// <param name="Value">The token id, subject or session id.</param>
/// <param name="Issuer">Only tokens of this issuer; null: of any.</param>
/// <param name="Until">When every token that it is about has expired anyway, so that it can be forgotten.</param>
public sealed record Revocation(RevocationKind Kind, string Value, string? Issuer, DateTimeOffset RevokedAt, DateTimeOffset Until)
{
    /// <summary>Whether a token with these claims is revoked. One without <c>iat</c> counts as issued before.</summary>
    public bool Matches(Identity identity)
    {
        if (Issuer is not null && Issuer != identity.Issuer)
            return false;
        return Kind switch
        {
            RevocationKind.Token => Value == identity.TokenId,

            // `iat` has whole seconds: what was issued in the second of the revocation is revoked too, on the safe side.
            RevocationKind.Subject => Value == identity.Subject && (identity.IssuedAt is null || identity.IssuedAt <= RevokedAt),
            _ => Value == identity.SessionId,
        };
    }

    /// <summary>For the other gateways.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, RevocationJson.Default.Revocation);

    /// <summary>Null when the text is none.</summary>
    public static Revocation? Parse(string json)
    {
        try
        {
            // The converter takes any number for an enum; a kind of a later version is none that could be obeyed here.
            var revocation = JsonSerializer.Deserialize(json, RevocationJson.Default.Revocation);
            return revocation is not null && Enum.IsDefined(revocation.Kind) ? revocation : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What was revoked, for the ending.</summary>
    internal string Words(Identity identity)
    {
        var at = Evidence.Instant(RevokedAt);
        return Kind switch
        {
            RevocationKind.Token => $"Token {Evidence.Quote(Value)} was revoked at {at}.",
            RevocationKind.Session => $"Session {Evidence.Quote(Value)} was revoked at {at}.",
            _ => $"All that was issued to {Evidence.Quote(Value)} up to {at} is revoked; this token "
                + (identity.IssuedAt is { } issued ? $"was issued at {Evidence.Instant(issued)}." : "does not say when it was issued (`iat`)."),
        };
    }
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Revocation))]
internal sealed partial class RevocationJson : JsonSerializerContext;
