namespace Bascule.Backends;

/// <summary>Arithmetic with timestamps of a clock.</summary>
internal static class Timestamps
{
    internal static long Later(this TimeProvider time, long timestamp, TimeSpan by) => timestamp + (long)(by.TotalSeconds * time.TimestampFrequency);

    internal static TimeSpan Until(this TimeProvider time, long timestamp, long now) => TimeSpan.FromSeconds((timestamp - now) / (double)time.TimestampFrequency);
}
