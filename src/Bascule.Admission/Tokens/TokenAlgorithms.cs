namespace Bascule.Admission;

/// <summary>What a key is. A token's algorithm must be one of the key's own kind, so that a public key never serves as an HMAC secret.</summary>
internal enum KeyKind
{
    Hmac,
    Rsa,
    EllipticCurve,
}

/// <summary>The signature algorithms of RFC 7518 §3 that are accepted, and the keys that they need.</summary>
internal static class TokenAlgorithms
{
    private static readonly string[] Hmac = ["HS256", "HS384", "HS512"];
    private static readonly string[] Rsa = ["RS256", "PS256"];
    private static readonly string[] EllipticCurve = ["ES256"];

    internal static IReadOnlyList<string> All { get; } = ["HS256", "HS384", "HS512", "RS256", "PS256", "ES256"];

    /// <summary>Those that a key which anybody may know can check.</summary>
    internal static IReadOnlyList<string> Asymmetric { get; } = [.. Rsa, .. EllipticCurve];

    internal static IReadOnlyList<string> Of(KeyKind kind) => kind switch
    {
        KeyKind.Hmac => Hmac,
        KeyKind.Rsa => Rsa,
        KeyKind.EllipticCurve => EllipticCurve,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
