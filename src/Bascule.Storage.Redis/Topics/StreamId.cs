using System.Globalization;

namespace Bascule.Storage.Redis;

/// <summary>The id of an entry of a stream: milliseconds, and a number within them.</summary>
/// <remarks>As an offset it is one number in the same order: 43 bits of milliseconds (until the year 2248), 20 of the number: Redis itself never gives out more
/// than a million ids in a millisecond. Ids beyond that, which only people make, have no offset.</remarks>
internal readonly record struct StreamId(ulong Milliseconds, ulong Number)
{
    private const int NumberBits = 20;
    private const int MillisecondBits = 43;

    internal static StreamId Zero => default;

    /// <summary>False for ids without one.</summary>
    internal bool TryOffset(out long offset)
    {
        offset = (long)((Milliseconds << NumberBits) | Number);
        return Milliseconds < 1UL << MillisecondBits && Number < 1UL << NumberBits;
    }

    internal static StreamId Of(long offset) => new((ulong)offset >> NumberBits, (ulong)offset & ((1UL << NumberBits) - 1));

    internal static StreamId Parse(string text)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        return dash > 0 && ulong.TryParse(text.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            && ulong.TryParse(text.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? new StreamId(milliseconds, number)
                : throw new IOException($"Redis gives an entry of a stream the id {text}");
    }

    public static bool operator <(StreamId a, StreamId b) => (a.Milliseconds, a.Number).CompareTo((b.Milliseconds, b.Number)) < 0;

    public static bool operator >(StreamId a, StreamId b) => b < a;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Milliseconds}-{Number}");
}
