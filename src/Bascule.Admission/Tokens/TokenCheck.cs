using Bascule.Model;
using Bascule.Settings;
using Microsoft.Extensions.Logging;

namespace Bascule.Admission;

/// <summary>Says whose token it is, or why it is refused. Nothing is remembered between checks but keys.</summary>
public sealed class TokenCheck : IAsyncDisposable
{
    private readonly JwtSettings _settings;
    private readonly TimeProvider _time;
    private readonly SignatureCheck _signatures;
    private readonly ClaimRules _rules;
    private readonly RemoteKeys? _remote;

    /// <param name="http">Fetches the JWK set; only used with <see cref="JwtSettings.JwksUrl"/>. It stays the caller's.</param>
    public TokenCheck(JwtSettings settings, HttpClient http, TimeProvider time, ILogger<TokenCheck> logger)
    {
        _settings = settings;
        _time = time;
        _rules = new ClaimRules(settings);
        var configured = ConfiguredKeys.Read(settings);
        foreach (var fault in configured.Refused)
            logger.KeyRefused(fault);
        Faults = configured.Refused;
        if (ConfiguredKeys.JwksUrl(settings) is { } url)
            _remote = new RemoteKeys(url, settings.JwksCache, http, time, logger);
        _signatures = new SignatureCheck(configured.Keys, _remote, settings.Algorithms);
    }

    /// <summary>What is wrong with the configured keys, one sentence each; such keys are not used. Empty when all is well.</summary>
    public IReadOnlyList<string> Faults { get; }

    /// <summary>Checks one token. Waits only when keys must be fetched.</summary>
    public async ValueTask<TokenResult> CheckAsync(string? token, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(token))
            return TokenResult.Refuse(EndReasons.TokenMissing);

        // 1. Shape. Five parts, odd characters and excess end here, before any cryptography.
        if (SignedToken.Read(token, _settings.MaxBytes, out var fault) is not { } signed)
            return TokenResult.Refuse(EndReasons.TokenMalformed, Sentence(fault));
        if (signed.Header.HasCritical)
            return TokenResult.Refuse(EndReasons.TokenMalformed, "Its header demands extensions (`crit`); none is supported.");

        // 2. Signature. What an unsigned claim says is never told.
        if (await _signatures.CheckAsync(signed, cancellation) is { } bad)
            return TokenResult.Refuse(bad);

        // 3. Claims.
        if (TokenClaims.Read(signed.Payload, out fault) is not { } claims)
            return TokenResult.Refuse(EndReasons.TokenMalformed, Sentence(fault));
        return _rules.Check(claims, _time.GetUtcNow()) is { } refusal ? TokenResult.Refuse(refusal) : TokenResult.Accept(claims.Identity);
    }

    /// <summary>Ends a fetch that runs.</summary>
    public ValueTask DisposeAsync() => _remote?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static string Sentence(string fault) => char.ToUpperInvariant(fault[0]) + fault[1..] + ".";
}
