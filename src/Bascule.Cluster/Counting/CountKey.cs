using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Bascule.Cluster;

/// <summary>Keys of counts. A part that comes from a client is bounded, and hashed where a store could stumble over it.</summary>
public static class CountKey
{
    /// <summary>No key is longer: a slot of a pool with the longest name, on a node with the longest DNS name, is the longest.</summary>
    public const int MaxLength = 400;

    private const int MaxPartLength = 80;

    /// <summary><c>kind:part</c>, or <c>kind:part:part</c>; the kind is a word of ours.</summary>
    public static string Of(string kind, string part) => $"{kind}:{Fit(part)}";

    public static string Of(string kind, string part, string secondPart) => $"{kind}:{Fit(part)}:{Fit(secondPart)}";

    /// <summary>A slot on a node of a shared pool: <c>slot:POOL:NODE</c>.</summary>
    public static string OfSlot(string pool, string node) => $"slot:{pool}:{node}";

    // The bytes of the characters as they are: an encoding would make one of all halves of characters.
    // A `#` begins a hash, so no plain part may, and a colon inside one would let two pairs of parts make one key.
    private static string Fit(string part) =>
        part.Length <= MaxPartLength && part.All(c => c is > ' ' and < '\u007f' and not '#' and not ':')
            ? part
            : "#" + Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(part.AsSpan())));
}
