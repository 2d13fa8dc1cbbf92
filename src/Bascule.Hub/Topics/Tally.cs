namespace Bascule.Hub;

/// <summary>What a shard counts. Under its lock.</summary>
internal sealed class Tally
{
    private readonly long[] _gaps = new long[Enum.GetValues<GapReason>().Length];

    internal int Subscriptions { get; set; }

    internal long MessagesIn { get; set; }

    internal long Repeated { get; set; }

    internal long Refused { get; set; }

    internal long FramedBytes { get; set; }

    internal long Overruns { get; set; }

    internal long Whole { get; set; }

    internal void CountGap(GapReason reason) => _gaps[(int)reason]++;

    internal IReadOnlyDictionary<GapReason, long> Gaps() => Enum.GetValues<GapReason>().ToDictionary(r => r, r => _gaps[(int)r]);
}
