using Bascule.Admission;

namespace Bascule.System.Tests;

/// <summary>Tokens that the gateways of these tests take.</summary>
internal static class TestToken
{
    /// <summary>The setting that makes a gateway take them.</summary>
    internal const string Auth = $$"""
        "auth": { "jwt": { "keys": ["secret:{{ClientStage.Secret}}"] } }
        """;

    internal static string Of(string user)
    {
        using var key = SigningKey.FromSecret(ClientStage.Secret);
        return TokenIssuer.Issue(new TokenRequest { Subject = user, Lifetime = TimeSpan.FromMinutes(30) }, key, TimeProvider.System);
    }
}
