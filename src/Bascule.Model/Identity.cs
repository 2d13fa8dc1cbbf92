namespace Bascule.Model;

/// <summary>Who connects, as a verified token says. Never made from anything that a client merely claims.</summary>
/// <param name="Subject"><c>sub</c>: the user.</param>
/// <param name="Issuer"><c>iss</c>, or null.</param>
/// <param name="TokenId"><c>jti</c>, or null.</param>
/// <param name="Roles"><c>roles</c> or <c>role</c>; empty when absent.</param>
/// <param name="Tier"><c>tier</c>, or null: the class of service that limits look at.</param>
/// <param name="ExpiresAt"><c>exp</c>, or null.</param>
/// <param name="IssuedAt"><c>iat</c>, or null: what a revocation of all that was issued before looks at.</param>
/// <param name="SessionId"><c>sid</c>, or null: the session at the issuer (OpenID Connect), which can be revoked as a whole.</param>
public sealed record Identity(
    string Subject, string? Issuer, string? TokenId, IReadOnlyList<string> Roles, string? Tier, DateTimeOffset? ExpiresAt,
    DateTimeOffset? IssuedAt = null, string? SessionId = null)
{
    /// <summary><c>read</c>: topics and patterns that it may read. Null when the token does not say.</summary>
    public IReadOnlyList<string>? Read { get; init; }

    /// <summary><c>write</c>: topics and patterns that it may publish to. Null when the token does not say.</summary>
    public IReadOnlyList<string>? Write { get; init; }

    /// <summary><c>tenant</c>, or <c>tid</c>: the organisation that the user belongs to. Null when the token names none.</summary>
    public string? Tenant { get; init; }
}
