using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Bascule.Admission;

/// <summary>A token taken apart (RFC 7515 §7.1): three parts of base64url, the first of them read. Nothing in it is trusted yet.</summary>
internal sealed class SignedToken
{
    internal const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";

    // A name that stands twice would mean different things to different readers (RFC 7515 §4, RFC 7519 §4).
    internal static readonly JsonDocumentOptions StrictJson = new() { AllowDuplicateProperties = false };

    private static readonly SearchValues<char> Allowed = SearchValues.Create(Alphabet);

    private SignedToken(TokenHeader header, byte[][] parts, byte[] signingInput)
    {
        Header = header;
        HeaderJson = parts[0];
        Payload = parts[1];
        Signature = parts[2];
        SigningInput = signingInput;
    }

    internal TokenHeader Header { get; }

    internal byte[] HeaderJson { get; }

    internal byte[] Payload { get; }

    internal byte[] Signature { get; }

    /// <summary>What is signed: header and payload as they came, with the dot.</summary>
    internal byte[] SigningInput { get; }

    /// <param name="fault">Why the result is null: what was seen, without the token.</param>
    internal static SignedToken? Read(string token, int maxBytes, out string fault)
    {
        if (token.Length > maxBytes)
            return Fail($"the token has {token.Length} bytes, more than auth.jwt.maxBytes ({maxBytes})", out fault);
        var odd = token.AsSpan().IndexOfAnyExcept(Allowed);
        if (odd >= 0)
            return Fail($"character {odd + 1} is U+{(int)token[odd]:X4}, which base64url does not have", out fault);
        var dots = token.AsSpan().Count('.');
        if (dots == 4)
            return Fail("it has five parts, so it is an encrypted token (JWE); send a signed one of three parts", out fault);
        if (dots == 0)
            return Fail("it has no dots; a signed token has three parts between dots", out fault);
        if (dots != 2)
            return Fail($"it has {dots + 1} parts between dots; a signed token has three", out fault);

        var first = token.IndexOf('.', StringComparison.Ordinal);
        var last = token.LastIndexOf('.');
        byte[]?[] parts = [Decode(token.AsSpan(0, first)), Decode(token.AsSpan(first + 1, last - first - 1)), Decode(token.AsSpan(last + 1))];
        var broken = Array.IndexOf(parts, null);
        if (broken >= 0)
            return Fail($"part {broken + 1} of it is not base64url", out fault);
        if (TokenHeader.Read(parts[0]!, out fault) is not { } header)
            return null;
        return new SignedToken(header, parts!, Encoding.ASCII.GetBytes(token, 0, last));
    }

    private static byte[]? Decode(ReadOnlySpan<char> part)
    {
        var bytes = new byte[Base64Url.GetMaxDecodedLength(part.Length)];
        return Base64Url.DecodeFromChars(part, bytes, out _, out var written) == OperationStatus.Done ? bytes[..written] : null;
    }

    private static SignedToken? Fail(string why, out string fault)
    {
        fault = why;
        return null;
    }
}

/// <summary>What the header says (RFC 7515 §4).</summary>
/// <remarks><c>jku</c>, <c>jwk</c>, <c>x5u</c> and <c>x5c</c> are not read: a token does not choose the key that checks it.</remarks>
/// <param name="HasCritical">It has <c>crit</c>: extensions that a reader must know.</param>
internal sealed record TokenHeader(string Algorithm, string? KeyId, bool HasCritical)
{
    internal static TokenHeader? Read(byte[] json, out string fault)
    {
        fault = "its header is not a JSON object of RFC 7515";
        if (!Utf8.IsValid(json))
            return null;
        try
        {
            using var document = JsonDocument.Parse(json, SignedToken.StrictJson);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return null;
            var claims = new ClaimReader(document.RootElement);
            var algorithm = claims.Text("alg");
            var keyId = claims.Text("kid");
            fault = claims.Fault ?? "its header has no `alg`";
            return claims.Fault is null && algorithm is not null
                ? new TokenHeader(algorithm, keyId, document.RootElement.TryGetProperty("crit", out _))
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape that is half of a surrogate pair. Both are the fault above.
            return null;
        }
    }
}
