namespace Bascule.Settings;

public enum TokenExpiry
{
    /// <summary>The connection ends when its token expires and was not renewed.</summary>
    Close,

    /// <summary>A token counts at the handshake only.</summary>
    Keep,
}

public sealed record AuthSettings
{
    [Setting("Checks of JSON Web Tokens.")]
    public JwtSettings? Jwt { get; init; }

    [Setting("Single-use tickets, which keep tokens of browsers out of URLs: `POST /api/tickets`.", At = Applies.AtOnce)]
    public TicketSettings Tickets { get; init; } = new();

    [Setting("What happens to an open connection when its token expires: `close` (4602, unless the client renewed it) or `keep`.")]
    public TokenExpiry OnExpiry { get; init; } = TokenExpiry.Close;

    [Setting("Header fields in which the back end gets the verified identity. Copies that a client sends are removed.")]
    public IdentityHeaderSettings Headers { get; init; } = new();
}

public sealed record JwtSettings
{
    [Setting("The only issuer (`iss`) that is accepted. Without it, any.")]
    public string? Issuer { get; init; }

    [Setting("The audience (`aud`) that a token must name. Without it, any.")]
    public string? Audience { get; init; }

    [Setting("Keys: `secret:TEXT` or `base64:TEXT` for HMAC, a PEM public key, or `file:PATH` to a file with a PEM key, a JWK set, or the secret alone.")]
    public IReadOnlyList<KeySettings> Keys { get; init; } = [];

    [Setting("URL of a JWK set; it is fetched when needed, cached, and fetched again for a key id that it lacks.")]
    public string? JwksUrl { get; init; }

    [Setting("How long a fetched JWK set is used.", Min = "10s", Max = "1d")]
    public TimeSpan JwksCache { get; init; } = TimeSpan.FromMinutes(10);

    [Setting("Signature algorithms that are accepted; all of HS256 HS384 HS512 RS256 PS256 ES256 when empty, as far as the keys allow.")]
    public IReadOnlyList<string> Algorithms { get; init; } = [];

    [Setting("Tolerated difference between clocks.", Min = "0s", Max = "10m")]
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromSeconds(30);

    [Setting("Longest token in bytes; a longer one is refused unread.", Min = "256", Max = "65536")]
    public int MaxBytes { get; init; } = 8192;
}

/// <summary>One key; may be written as its value alone.</summary>
public sealed record KeySettings
{
    [Setting("`secret:TEXT`, `base64:TEXT`, PEM text, or `file:PATH`.", Required = true, Secret = true, MayNameFile = true, Shorthand = true)]
    public string Value { get; init; } = "";

    [Setting("Key id (`kid`); a token that names another one is not tried with this key.")]
    public string? Id { get; init; }
}

public sealed record IdentityHeaderSettings
{
    [Setting("Carries the subject. Empty: not sent.")]
    public string Subject { get; init; } = "X-Bascule-User";

    [Setting("Carries the roles, separated by commas. Empty: not sent.")]
    public string Roles { get; init; } = "X-Bascule-Roles";

    [Setting("Carries the tier. Empty: not sent.")]
    public string Tier { get; init; } = "X-Bascule-Tier";

    [Setting("Carries the issuer. Empty: not sent.")]
    public string Issuer { get; init; } = "X-Bascule-Issuer";
}

public sealed record TicketSettings
{
    [Setting("How long a ticket may be used. 30 s: a page needs it at once.", Min = "1s", Max = "10m")]
    public TimeSpan Life { get; init; } = TimeSpan.FromSeconds(30);

    [Setting("Unused tickets that are remembered, on each gateway; with storage that is shared, by all together for each user.", Min = "1", Max = "10000000", At = Applies.Restart)]
    public int Outstanding { get; init; } = 100_000;
}
