namespace Bascule.Hub;

public enum ResumeKind
{
    /// <summary>It came without a cursor, and gets what comes from now on.</summary>
    Fresh,

    /// <summary>All that was missed is there, or being fetched; <c>resumed</c> follows it in the stream, or a gap when the fetch fails.</summary>
    Whole,

    /// <summary>What was missed is not to be had; the gap is the first thing in the stream.</summary>
    Gap,
}

/// <summary>What became of a cursor.</summary>
/// <param name="Reason">For a gap.</param>
/// <param name="From">The cursor that the client brought; null when it is fresh.</param>
/// <param name="To">Where the stream goes on, for a gap.</param>
/// <param name="Replayed">Messages given again so far; null before the first.</param>
public sealed record ResumeResult(ResumeKind Kind, GapReason? Reason = null, Cursor? From = null, Cursor? To = null, long? Replayed = null)
{
    public static ResumeResult Fresh { get; } = new(ResumeKind.Fresh);
}
