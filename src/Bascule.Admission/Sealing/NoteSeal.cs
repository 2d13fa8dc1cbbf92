using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Admission;

/// <summary>A note that was opened, or why it was not.</summary>
/// <param name="Json">What was sealed; null when it is refused.</param>
public readonly record struct OpenedNote(string? Json, Ending? Refusal);

/// <summary>Notes from one machine of ours to another, small enough for a header field: signed with a secret that both have, for one audience, for a moment, and good once.</summary>
public sealed class NoteSeal : IDisposable
{
    /// <summary>From the seal to the end. The machine that opens it is asked at once.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(30);

    /// <summary>Longer ones are neither made nor read: Kestrel takes 32 KiB of header fields, and the client's own must find room beside it.</summary>
    public const int MostBytes = 24 * 1024;

    private const string Algorithm = "HS256";
    private const string NoteClaim = "note";

    // 128 bits.
    private const int IdBytes = 16;

    // What a gateway that brings 10,000 clients a second makes in the time for which a note is good, and as much again.
    private const int UsuallyRemembered = 1_000_000;

    private readonly int _mostRemembered;
    private readonly TimeProvider _time;
    private readonly SigningKey _key;
    private readonly SignatureCheck _signatures;
    private readonly SeenOnce _seen;
    private readonly JwtSettings _terms = new() { ClockSkew = TimeSpan.FromSeconds(30) };

    /// <param name="purpose">Seals of different purposes never open each other's notes, nor is one a token of a user, though the secret be the same.</param>
    /// <param name="mostRemembered">Notes that were opened and could be shown again. When there are more, no other is opened.</param>
    public NoteSeal(string purpose, string secret, TimeProvider time, int mostRemembered = UsuallyRemembered)
    {
        _mostRemembered = mostRemembered;
        _time = time;
        var key = SHA256.HashData(Encoding.UTF8.GetBytes($"bascule {purpose}\n{secret}"));
        _key = SigningKey.FromSecret(key);
        _signatures = new SignatureCheck([TokenKey.Hmac(null, key, Algorithm, out _)!], null, [Algorithm]);
        _seen = new SeenOnce(mostRemembered, time);
    }

    /// <param name="subject">What it is about, for whoever reads it on its way.</param>
    /// <param name="audience">Where alone it may be opened.</param>
    /// <returns>Null when it would have more than <see cref="MostBytes"/>.</returns>
    public string? Seal(string subject, string audience, JsonNode note)
    {
        var request = new TokenRequest
        {
            Subject = subject,
            Algorithm = Algorithm,
            Audience = audience,
            Lifetime = Life,
            Claims = new Dictionary<string, JsonNode?>(StringComparer.Ordinal)
            {
                ["jti"] = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(IdBytes)),
                [NoteClaim] = note,
            },
        };
        var text = TokenIssuer.Issue(request, _key, _time);
        return text.Length <= MostBytes ? text : null;
    }

    /// <summary>Opens it, once.</summary>
    public async ValueTask<OpenedNote> OpenAsync(string text, string audience, CancellationToken cancellation)
    {
        // 1. Shape and signature, as of any token.
        if (SignedToken.Read(text, MostBytes, out var fault) is not { } signed)
            return Refuse(EndReasons.TokenMalformed, fault);
        if (signed.Header.HasCritical)
            return Refuse(EndReasons.TokenMalformed, "its header demands extensions (`crit`); none is supported");
        if (await _signatures.CheckAsync(signed, cancellation) is { } bad)
            return new OpenedNote(null, bad);

        // 2. Where, and until when.
        if (TokenClaims.Read(signed.Payload, out fault) is not { } claims)
            return Refuse(EndReasons.TokenMalformed, fault);
        var now = _time.GetUtcNow();
        if (new ClaimRules(_terms with { Audience = audience }).Check(claims, now) is { } refusal)
            return new OpenedNote(null, refusal);
        if (claims.Identity is not { TokenId: { } id, ExpiresAt: { } end })
            return Refuse(EndReasons.TokenMalformed, "it has no `jti` or no `exp`, so that it could be used again");
        if (end - now > Life + _terms.ClockSkew)
            return Refuse(EndReasons.TokenMalformed, $"it is good for {Evidence.Span(end - now)}, more than the {Evidence.Span(Life)} of a note: compare the clocks");

        // 3. Once. What is refused above is not used up: it cannot be opened here at all.
        return _seen.Show(id, end + _terms.ClockSkew) switch
        {
            Sight.Again => Refuse(EndReasons.TicketInvalid, "it was used before; each is good for one attempt"),
            Sight.Full => Refuse(EndReasons.Overloaded, $"{_mostRemembered} of them were used within the last minute; no more can be remembered"),
            _ => NoteOf(signed.Payload) is { } json ? new OpenedNote(json, null) : Refuse(EndReasons.TokenMalformed, $"it has no `{NoteClaim}`"),
        };
    }

    public void Dispose() => _key.Dispose();

    private static string? NoteOf(byte[] payload)
    {
        using var document = JsonDocument.Parse(payload);
        return document.RootElement.TryGetProperty(NoteClaim, out var note) ? note.GetRawText() : null;
    }

    private static OpenedNote Refuse(EndReason reason, string detail) => new(null, new Ending(reason, detail));
}
