using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Bascule.Admission;

/// <summary>Token buckets by key, in a fixed amount of memory: 65,536 keys, 1.5 MiB. Safe for use by many at once.</summary>
/// <remarks>
/// A bucket is one number: when it will be full again (the generic cell rate algorithm, ITU-T I.371). A key has its place in one of 8,192 sets of eight, by a
/// salted hash, so that nobody can choose to meet somebody else. Where a set is full, the bucket that is full again soonest is forgotten: to make the table forget
/// a key in debt, an attacker needs eight other keys in deeper debt in that one set, which is about as many busy addresses as the table has places.
/// </remarks>
public sealed class RateTable
{
    /// <summary>The most keys that are remembered.</summary>
    public const int MaxKeys = Sets * Ways;

    private const int Sets = 8192;
    private const int Ways = 8;
    private const int Gates = 128;
    private const int SaltBytes = 16;

    // Keys of ours have at most some 200 bytes: long names are hashed before (LimitKeys).
    private const int StackBytes = 512;

    private readonly Bucket[] _buckets = new Bucket[MaxKeys];
    private readonly Lock[] _gates = new Lock[Gates];
    private readonly byte[] _salt = RandomNumberGenerator.GetBytes(SaltBytes);
    private readonly TimeProvider _time;
    private readonly long _start;
    private long _forgotten;

    public RateTable(TimeProvider time)
    {
        _time = time;
        _start = time.GetTimestamp();
        for (var i = 0; i < _gates.Length; i++)
            _gates[i] = new Lock();
    }

    /// <summary>Buckets that were given up before they were full again, because more keys came than the table holds.</summary>
    public long Forgotten => Interlocked.Read(ref _forgotten);

    /// <summary>Takes one from the bucket of the key; a refused attempt takes nothing.</summary>
    /// <param name="retryAfter">When false: until the bucket has one again.</param>
    public bool TryTake(string key, Rate rate, out TimeSpan retryAfter)
    {
        var (high, low) = Hash(key);
        var set = (int)(high % Sets);
        var now = _time.GetElapsedTime(_start).Ticks;
        lock (_gates[set % Gates])
            return TryTake(ref Find(set, high, low, now), rate, now, out retryAfter);
    }

    private static bool TryTake(ref Bucket bucket, Rate rate, long now, out TimeSpan retryAfter)
    {
        var depth = rate.IntervalTicks * rate.Burst;

        // No deeper than an empty bucket: after a reload with a smaller rate the old debt would be too long.
        var full = Math.Clamp(bucket.FullAt, now, now + depth) + rate.IntervalTicks;
        retryAfter = TimeSpan.FromTicks(Math.Max(0, full - now - depth));
        if (retryAfter > TimeSpan.Zero)
            return false;
        bucket.FullAt = full;
        return true;
    }

    /// <summary>The bucket of the key; if it has none, that of the set which matters least, made new.</summary>
    private ref Bucket Find(int set, ulong high, ulong low, long now)
    {
        var buckets = _buckets.AsSpan(set * Ways, Ways);
        var least = 0;
        for (var i = 0; i < buckets.Length; i++)
        {
            if (buckets[i].High == high && buckets[i].Low == low)
                return ref buckets[i];
            if (buckets[i].FullAt < buckets[least].FullAt)
                least = i;
        }

        if (buckets[least].FullAt > now)
            Interlocked.Increment(ref _forgotten);
        buckets[least] = new Bucket { High = high, Low = low };
        return ref buckets[least];
    }

    private (ulong High, ulong Low) Hash(string key)
    {
        var length = SaltBytes + Encoding.UTF8.GetMaxByteCount(key.Length);
        var bytes = length <= StackBytes ? stackalloc byte[StackBytes] : new byte[length];
        _salt.CopyTo(bytes);
        var written = Encoding.UTF8.GetBytes(key, bytes[SaltBytes..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..(SaltBytes + written)], hash);
        return (BinaryPrimitives.ReadUInt64LittleEndian(hash), BinaryPrimitives.ReadUInt64LittleEndian(hash[8..]));
    }

    private struct Bucket
    {
        internal ulong High;
        internal ulong Low;

        /// <summary>In ticks since the table was made; the past: full, so that forgetting it changes nothing.</summary>
        internal long FullAt;
    }
}
