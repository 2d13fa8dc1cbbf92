using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Bascule.Admission;

namespace Bascule.Gateway.Tests;

/// <summary>Tokens as clients bring them, good and bad.</summary>
internal static class Tokens
{
    internal const string Secret = "a secret of thirty-two bytes, ok";

    internal static string Good(TimeProvider time) => With(time, new TokenRequest { Subject = "alice", Roles = ["player", "admin"], Tier = "gold", Issuer = "issuer.test" });

    internal static string With(TimeProvider time, TokenRequest request, string secret = Secret) => TokenIssuer.Issue(request, SigningKey.FromSecret(secret), time);

    /// <summary>The claim <paramref name="name"/> says a time so far from now.</summary>
    internal static string WithTime(TimeProvider time, string name, TimeSpan fromNow) => With(time, new TokenRequest
    {
        Subject = "alice",
        Claims = new Dictionary<string, JsonNode?>(StringComparer.Ordinal) { [name] = time.GetUtcNow().Add(fromNow).ToUnixTimeSeconds() },
    });

    /// <summary>Signed with a key that only its issuer has.</summary>
    internal static string FromRsa(TimeProvider time)
    {
        using var rsa = RSA.Create(2048);
        return TokenIssuer.Issue(new TokenRequest { Subject = "alice" }, SigningKey.FromPem(rsa.ExportPkcs8PrivateKeyPem(), out _)!, time);
    }

    /// <summary>Without a signature.</summary>
    internal static string Unsigned() => $"{Part("""{"alg":"none"}""")}.{Part("""{"sub":"alice"}""")}.";

    private static string Part(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
