using Bascule.Admission;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>Tokens that are not good enough for a route that wants one.</summary>
internal static class TokenScenarios
{
    private static readonly RawBackend NoIssuer = new(listens: false);

    internal static IReadOnlyList<Scenario> All { get; } =
    [
        Bad(EndReasons.TokenMissing, _ => null),
        Bad(EndReasons.TokenMalformed, _ => "not.a.token"),
        Bad(EndReasons.TokenAlgorithmRefused, time => Tokens.With(time, new TokenRequest { Subject = "alice", Algorithm = "HS512" }, Tokens.Secret + Tokens.Secret),
            jwt => jwt with { Algorithms = ["HS256"] }),
        Bad(EndReasons.TokenUnknownKey, time => Tokens.With(time, new TokenRequest { Subject = "alice", KeyId = "another" }),
            jwt => jwt with { Keys = [.. jwt.Keys.Select(k => k with { Id = "mine" })] }),
        Bad(EndReasons.TokenBadSignature, time => Tokens.With(time, new TokenRequest { Subject = "alice" }, "another secret of thirty-two bytes")),
        Bad(EndReasons.TokenExpired, time => Tokens.WithTime(time, "exp", TimeSpan.FromMinutes(-5))),
        Bad(EndReasons.TokenNotYetValid, time => Tokens.WithTime(time, "nbf", TimeSpan.FromMinutes(5))),
        Bad(EndReasons.TokenWrongAudience, Tokens.Good, jwt => jwt with { Audience = "us" }),
        Bad(EndReasons.TokenWrongIssuer, Tokens.Good, jwt => jwt with { Issuer = "somebody-else.test" }),
        Bad(EndReasons.KeysUnavailable, Tokens.FromRsa, jwt => jwt with { Keys = [], JwksUrl = NoIssuer.Url + "/keys" }),
    ];

    private static Scenario Bad(EndReason reason, Func<TimeProvider, string?> token, Func<JwtSettings, JwtSettings>? settings = null) => new(reason, Told.ByMode, async run =>
    {
        await run.StartAsync(settings is null ? run.Settings : run.Settings.WithJwt(settings));
        var ask = run.Ask("/guarded");
        await run.RefusedAsync(token(run.Time) is { } text ? ask.With($"Authorization: Bearer {text}") : ask);
    });
}
