using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Unicode;

namespace Bascule.Admission;

/// <summary>Reads a JWK or a JWK set (RFC 7517): the keys that check signatures.</summary>
internal static class JwkReader
{
    // A token without `kid` is tried with every key. Issuers have one to four.
    private const int MostKeys = 32;

    /// <param name="id">Replaces the id of a single key; null keeps what the JWK says.</param>
    /// <param name="symmetricToo">Whether <c>oct</c> keys count. Not from a URL: a secret that is published is none.</param>
    internal static KeysRead Read(byte[] json, string? id, bool symmetricToo)
    {
        var read = new KeysRead();
        try
        {
            if (!Utf8.IsValid(json))
                throw new JsonException();
            using var document = JsonDocument.Parse(json, SignedToken.StrictJson);
            ReadSet(document.RootElement, id, symmetricToo, read);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape that is half of a surrogate pair.
            read.Refuse("it is not JSON of a JWK set (RFC 7517)");
        }

        return read;
    }

    private static void ReadSet(JsonElement root, string? id, bool symmetricToo, KeysRead read)
    {
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("kty", out _))
            ReadKey(root, id, symmetricToo, read);
        else if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("keys", out var keys) || keys.ValueKind != JsonValueKind.Array)
            read.Refuse("it has no array `keys`, so it is no JWK set (RFC 7517 §5)");
        else if (keys.GetArrayLength() > MostKeys)
            read.Refuse($"it has {keys.GetArrayLength()} keys; at most {MostKeys} are read");
        else if (id is not null && keys.GetArrayLength() != 1)
            read.Refuse($"it has {keys.GetArrayLength()} keys, which one id cannot name; leave the id out");
        else
        {
            foreach (var key in keys.EnumerateArray())
                ReadKey(key, id, symmetricToo, read);
        }
    }

    private static void ReadKey(JsonElement json, string? givenId, bool symmetricToo, KeysRead read)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            read.Refuse("an item of `keys` is no object");
            return;
        }

        var jwk = new ClaimReader(json);
        var id = givenId ?? jwk.Text("kid");
        var name = id is null ? "a key without kid" : $"kid {Evidence.Quote(id)}";
        if (!IsForSignatures(jwk))
            return;
        try
        {
            var key = Make(jwk, id, symmetricToo, out var fault);
            read.Add(jwk.Fault is null ? key : null, $"{name}: {jwk.Fault ?? fault}");
        }
        catch (CryptographicException e)
        {
            read.Refuse($"{name}: not a valid key: {e.Message.TrimEnd('.')}");
        }
    }

    // RFC 7517 §4.2, §4.3. Encryption keys commonly stand in the same set; that is no fault.
    private static bool IsForSignatures(ClaimReader jwk) =>
        jwk.Text("use") is null or "sig" && (jwk.Texts("key_ops") is not { } uses || uses.Contains("verify"));

    private static TokenKey? Make(ClaimReader jwk, string? id, bool symmetricToo, out string fault)
    {
        var type = jwk.Text("kty") ?? "";
        var algorithm = jwk.Text("alg");
        if (algorithm is not null && !TokenAlgorithms.All.Contains(algorithm))
        {
            fault = $"its alg is {Evidence.Quote(algorithm)}; supported: {string.Join(' ', TokenAlgorithms.All)}";
            return null;
        }

        if (type != "oct" && jwk.Text("d") is not null)
        {
            fault = "it holds the private key; whoever can read it can sign. Make a new key, and publish its public part only";
            return null;
        }

        switch (type)
        {
            case "RSA" when Number(jwk, "n") is { } modulus && Number(jwk, "e") is { } exponent:
                return TokenKey.Rsa(id, new RSAParameters { Modulus = modulus, Exponent = exponent }, algorithm, out fault);
            case "EC" when jwk.Text("crv") == "P-256" && Number(jwk, "x") is { Length: 32 } x && Number(jwk, "y") is { Length: 32 } y:
                fault = "";
                return TokenKey.P256(id, new ECPoint { X = x, Y = y }, algorithm);
            case "oct" when symmetricToo && Number(jwk, "k") is { } secret:
                return TokenKey.Hmac(id, secret, algorithm, out fault);
            case "oct" when !symmetricToo:
                fault = "it is a symmetric key, and one that is published is no secret";
                return null;
            default:
                fault = $"kty {Evidence.Quote(type)} with these members is not supported; use RSA (n, e) or EC (P-256, x, y)";
                return null;
        }
    }

    private static byte[]? Number(ClaimReader jwk, string name)
    {
        if (jwk.Text(name) is not { Length: > 0 } text)
            return null;
        var bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        return Base64Url.DecodeFromChars(text, bytes, out _, out var length) == OperationStatus.Done ? bytes[..length] : null;
    }
}
