using System.Numerics;
using System.Text.Json.Serialization;

namespace Bascule.Load;

/// <summary>Counts durations in buckets that are exact to three digits (an HDR histogram): nanoseconds, 0 to one hour. Any thread may record at any time.</summary>
/// <remarks>Rows of buckets are made when first needed, so that one of a second costs some kilobytes, not hundreds. Recording is one atomic addition;
/// readers add the buckets up.</remarks>
[JsonConverter(typeof(LatencyHistogramJson))]
public sealed class LatencyHistogram
{
    /// <summary>An hour; longer ones count as that.</summary>
    public const long LongestNanoseconds = 3_600_000_000_000;

    /// <summary>A percentile is told only with so many samples above it: with fewer it would be the tale of a few outliers.</summary>
    public const int SamplesAbove = 10;

    // 2^11 buckets in the first row, so that 1,000 and 1,001 differ: three digits. Each further row covers twice the span with the upper half of them.
    private const int FirstRowBits = 11;
    private const int RowLength = 1 << (FirstRowBits - 1);
    private static readonly int Rows = RowOf(LongestNanoseconds) + 1;

    private readonly long[]?[] _rows = new long[]?[Rows];
    private long _min = long.MaxValue;
    private long _max = -1;

    /// <summary>All samples. Reads every bucket: not for a loop over messages.</summary>
    public long Count
    {
        get
        {
            long sum = 0;
            for (var row = 0; row < Rows; row++)
                foreach (ref readonly var count in Volatile.Read(ref _rows[row]).AsSpan())
                    sum += Volatile.Read(in count);
            return sum;
        }
    }

    /// <summary>Null while nothing is counted.</summary>
    public long? Min => Interlocked.Read(ref _min) is var min and < long.MaxValue ? min : null;

    /// <summary>Null while nothing is counted.</summary>
    public long? Max => Interlocked.Read(ref _max) is var max and >= 0 ? max : null;

    public void Record(TimeSpan duration) => Record(Math.Clamp(duration.Ticks, 0, LongestNanoseconds) * TimeSpan.NanosecondsPerTick);

    public void Record(long nanoseconds)
    {
        var value = Math.Clamp(nanoseconds, 0, LongestNanoseconds);
        // First, so that whoever sees the sample also sees limits that hold it.
        Widen(value, value);
        AddTo(value, 1);
    }

    /// <summary>Adds what another one counted. That one may go on meanwhile; this one loses nothing.</summary>
    public void Add(LatencyHistogram other)
    {
        var buckets = other.Buckets().ToList();
        // Limits that were read after the buckets hold all of them.
        if (other.Min is { } min && other.Max is { } max)
            Widen(min, max);
        foreach (var (value, count) in buckets)
            AddTo(value, count);
    }

    /// <summary>The value that this share of all samples does not exceed; null with fewer than ten samples above it.</summary>
    /// <param name="percent">0 to 100. 100 is the largest, and always known.</param>
    public long? Percentile(double percent)
    {
        if (percent >= 100)
            return Max;
        var count = Count;
        var rank = Rank(count, percent);
        return count - rank < SamplesAbove ? null : ValueAt(rank);
    }

    /// <summary>So many samples a percentile needs until it is told: 10,000 for 99.9.</summary>
    public static long SamplesFor(double percent) => percent >= 100 ? 1 : (long)Math.Ceiling(Rounded(SamplesAbove / (1 - (percent / 100))));

    public double? Mean()
    {
        double sum = 0;
        long count = 0;
        foreach (var (value, n) in Buckets())
            (sum, count) = (sum + ((double)value * n), count + n);
        return count == 0 ? null : Math.Clamp(sum / count, Interlocked.Read(ref _min), Interlocked.Read(ref _max));
    }

    public double? StandardDeviation()
    {
        if (Mean() is not { } mean)
            return null;
        double squares = 0;
        long count = 0;
        foreach (var (value, n) in Buckets())
            (squares, count) = (squares + ((value - mean) * (value - mean) * n), count + n);
        return Math.Sqrt(squares / count);
    }

    /// <summary>The buckets with something in them, ascending: a value in the middle of the bucket, and how many were counted there.</summary>
    public IEnumerable<(long Value, long Count)> Buckets()
    {
        for (var row = 0; row < Rows; row++)
        {
            if (Volatile.Read(ref _rows[row]) is not { } counts)
                continue;
            for (var i = 0; i < counts.Length; i++)
                if (Volatile.Read(ref counts[i]) is var n and > 0)
                    yield return (ValueOf(row, i), n);
        }
    }

    /// <summary>Whether this is the middle of a bucket, as <see cref="Buckets"/> gives it.</summary>
    internal static bool IsBucket(long value) => value >= 0 && RowOf(value) < Rows && ValueOf(RowOf(value), IndexIn(RowOf(value), value)) == value;

    /// <summary>Counts without moving the limits: the caller has done so.</summary>
    internal void AddTo(long value, long count)
    {
        var row = RowOf(value);
        var counts = Volatile.Read(ref _rows[row]) ?? Make(row);
        Interlocked.Add(ref counts[IndexIn(row, value)], count);
    }

    internal void Widen(long min, long max)
    {
        for (var seen = Interlocked.Read(ref _min); min < seen;)
            seen = Interlocked.CompareExchange(ref _min, min, seen);
        for (var seen = Interlocked.Read(ref _max); max > seen;)
            seen = Interlocked.CompareExchange(ref _max, max, seen);
    }

    private long? ValueAt(long rank)
    {
        long below = 0;
        foreach (var (value, count) in Buckets())
            if ((below += count) >= rank)
                return Math.Clamp(value, Interlocked.Read(ref _min), Interlocked.Read(ref _max));
        return Max;
    }

    private long[] Make(int row)
    {
        var made = new long[row == 0 ? RowLength * 2 : RowLength];
        return Interlocked.CompareExchange(ref _rows[row], made, null) ?? made;
    }

    private static long Rank(long count, double percent) => Math.Max(1, (long)Math.Ceiling(Rounded(count * percent / 100)));

    /// <summary>Without the noise of binary fractions: 10,000 × 99.9 / 100 is 9,990, not a hair more.</summary>
    private static double Rounded(double value) => Math.Round(value, 6);

    private static int RowOf(long value) => Math.Max(0, BitOperations.Log2((ulong)value | 1) - FirstRowBits + 1);

    private static int IndexIn(int row, long value) => row == 0 ? (int)value : (int)(value >> row) - RowLength;

    private static long ValueOf(int row, int index) => row == 0 ? index : ((long)(index + RowLength) << row) + (1L << (row - 1));
}
