using System.Security.Cryptography;

namespace Bascule.Terminal;

/// <summary>The hash chain of a recording: each link is the SHA-256 of the link before (32 zeros at first) and of all bytes since its line.</summary>
/// <remarks>A link is a comment: <c># bascule-chain NUMBER BYTES SHA256</c>, the last one with <c>end</c> behind it.</remarks>
public sealed class CastChain : IDisposable
{
    internal const string Mark = "# bascule-chain ";

    // Requirement: one for each MiB, so that little is unproved when a host dies.
    private const int LinkEvery = 1 << 20;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _last = new byte[SHA256.HashSizeInBytes];
    private long _bytes;
    private int _number;

    public CastChain() => _hash.AppendData(_last);

    /// <summary>Enough bytes came for another link.</summary>
    public bool IsDue => _bytes >= LinkEvery;

    /// <summary>The last link, in hexadecimal.</summary>
    public string Digest => Convert.ToHexStringLower(_last);

    /// <summary>Bytes since the last link.</summary>
    public long Bytes => _bytes;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        _bytes += bytes.Length;
    }

    /// <returns>The line of the next link.</returns>
    public string Link(bool isEnd)
    {
        _last = _hash.GetHashAndReset();
        _hash.AppendData(_last);
        var line = $"{Mark}{++_number} {_bytes} {Digest}{(isEnd ? " end" : "")}\n";
        _bytes = 0;
        return line;
    }

    public void Dispose() => _hash.Dispose();
}
