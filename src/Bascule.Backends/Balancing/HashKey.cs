namespace Bascule.Backends;

/// <summary>The hash of consistentHash: the same on every machine, in every process and version, so that all gateways agree on the node of a key.</summary>
public static class HashKey
{
    /// <summary>64 bits of any text.</summary>
    /// <remarks>FNV-1a, which is small, then a finalizer, because the upper bits of FNV hardly differ between short texts.</remarks>
    public static ulong Of(string text)
    {
        var hash = 0xcbf29ce484222325;
        foreach (var unit in text)
            hash = unchecked((hash ^ unit) * 0x100000001b3);
        return Mix(hash);
    }

    /// <summary>The weight of a node for a key: the node with the highest one is the key's own, the next highest the one after it.</summary>
    internal static ulong Weight(ulong keyHash, ulong nodeHash) => Mix(keyHash ^ nodeHash);

    // The 64-bit finalizer of MurmurHash3: every bit of the input moves every bit of the output.
    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value = (value ^ (value >> 33)) * 0xff51afd7ed558ccd;
            value = (value ^ (value >> 33)) * 0xc4ceb9fe1a85ec53;
            return value ^ (value >> 33);
        }
    }
}
