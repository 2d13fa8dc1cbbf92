namespace Bascule.Cluster;

public enum ClaimOutcome
{
    /// <summary>All claims were taken.</summary>
    Taken,

    /// <summary>One was full, and none was taken.</summary>
    Full,

    /// <summary>The store does not know the epoch, or its life is over, or it does not count yet. Nothing was taken.</summary>
    UnknownEpoch,
}

/// <summary>How often a key is taken, before the claim.</summary>
/// <param name="Own">By the process that asks.</param>
/// <param name="Others">By all other living ones.</param>
public readonly record struct KeyTotal(int Own, int Others);

/// <summary>What the store said to a claim.</summary>
/// <param name="Outcome">Whether all were taken.</param>
/// <param name="Totals">One for each claim, in their order; empty when the epoch is unknown.</param>
/// <param name="FullIndex">The claim that was full; -1 when none was.</param>
public sealed record ClaimAnswer(ClaimOutcome Outcome, IReadOnlyList<KeyTotal> Totals, int FullIndex)
{
    public static ClaimAnswer Unknown { get; } = new(ClaimOutcome.UnknownEpoch, [], -1);

    public static ClaimAnswer Taken(IReadOnlyList<KeyTotal> totals) => new(ClaimOutcome.Taken, totals, -1);

    /// <summary>Names the claim with the least room: in a store that counts after it decided, the one that was full may just have got a place again.</summary>
    public static ClaimAnswer Full(IReadOnlyList<CountClaim> claims, IReadOnlyList<KeyTotal> totals)
    {
        var tightest = Enumerable.Range(0, claims.Count).MinBy(i => (long)claims[i].Limit - totals[i].Own - totals[i].Others);
        return new(ClaimOutcome.Full, totals, tightest);
    }
}
