using System.Security.Cryptography;
using System.Text;

namespace Bascule.Protocol;

/// <summary>The key of an upgrade and the proof that the other side understood it (RFC 6455 §4.1, §4.2.2).</summary>
public static class AcceptKey
{
    private const string Suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private const int KeyBytes = 16;
    private const int KeyCharacters = 24;

    /// <summary>The value of Sec-WebSocket-Accept for a key.</summary>
    public static string Compute(string key)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // RFC 6455 demands SHA-1 here; it proves understanding and protects nothing.
        SHA1.HashData(Encoding.UTF8.GetBytes(key + Suffix), hash);
#pragma warning restore CA5350
        return Convert.ToBase64String(hash);
    }

    /// <summary>A key for an upgrade of ours: 16 random bytes in base64.</summary>
    public static string NewKey()
    {
        Span<byte> random = stackalloc byte[KeyBytes];
        RandomNumberGenerator.Fill(random);
        return Convert.ToBase64String(random);
    }

    internal static bool IsValid(string key)
    {
        // The decoder skips white space, so the length of the text is checked too.
        Span<byte> bytes = stackalloc byte[KeyBytes + 2];
        return key.Length == KeyCharacters && Convert.TryFromBase64String(key, bytes, out var length) && length == KeyBytes;
    }
}
