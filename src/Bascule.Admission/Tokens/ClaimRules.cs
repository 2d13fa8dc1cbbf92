using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Admission;

/// <summary>Whether the claims of a genuine token let it in here and now.</summary>
/// <remarks>What never mends is told first: with a wrong audience and an expiry at once, a client would fetch a new token in vain.</remarks>
internal sealed class ClaimRules(JwtSettings settings)
{
    /// <returns>Null when nothing is wrong.</returns>
    internal Ending? Check(TokenClaims claims, DateTimeOffset now)
    {
        if (settings.Issuer is { } issuer && claims.Identity.Issuer != issuer)
        {
            var seen = claims.Identity.Issuer is { } other ? $"The token is from {Evidence.Quote(other)}" : "The token names no issuer";
            return new Ending(EndReasons.TokenWrongIssuer, $"{seen}; expected {Evidence.Quote(issuer)}.");
        }

        if (settings.Audience is { } audience && !claims.Audiences.Contains(audience, StringComparer.Ordinal))
        {
            var seen = claims.Audiences.Count > 0 ? $"The token is for {Evidence.Quote(claims.Audiences)}" : "The token names no audience";
            return new Ending(EndReasons.TokenWrongAudience, $"{seen}; expected {Evidence.Quote(audience)}.");
        }

        return CheckTime(claims, now);
    }

    // RFC 7519 §4.1.4 and §4.1.5: valid from nbf on, and before exp; each widened by the skew.
    private Ending? CheckTime(TokenClaims claims, DateTimeOffset now)
    {
        var skew = $"clock skew allowed {Evidence.Span(settings.ClockSkew)}";
        if (claims.NotBefore is { } start && now < start - settings.ClockSkew)
            return new Ending(EndReasons.TokenNotYetValid, $"Valid in {Evidence.Span(start - now)}, from {Evidence.Instant(start)} on; {skew}.");
        if (claims.Identity.ExpiresAt is { } end && now >= end + settings.ClockSkew)
            return new Ending(EndReasons.TokenExpired, $"Expired {Evidence.Span(now - end)} ago at {Evidence.Instant(end)}; {skew}.");
        return null;
    }
}
