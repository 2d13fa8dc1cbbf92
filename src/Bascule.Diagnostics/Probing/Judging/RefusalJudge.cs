namespace Bascule.Diagnostics;

/// <summary>Names the cause when an upgrade was not answered by a 101.</summary>
internal static class RefusalJudge
{
    // The special ones first: the first that fits has the word.
    private static readonly IReadOnlyList<Func<Differential, Verdict?>> Judges =
    [
        MixedAnswers.Judge, NoAnswer.Judge, BasculeRefusal.Judge, PlatformRefusal.Judge, ForbiddenRefusal.Judge, ClientErrorRefusal.Judge, PlainAnswer.Judge, ServerErrorRefusal.Judge,
    ];

    /// <param name="seen">Its full upgrade was not answered by a 101.</param>
    internal static Verdict Of(Differential seen) =>
        Judges.Select(judge => judge(seen)).FirstOrDefault(verdict => verdict is not null)
        ?? seen.Say("PROBE-NOT-UPGRADED", $"{seen.Who} answers {seen.Full.Status} to the upgrade.", "Only 101 opens a WebSocket.",
            "Look for this status in the log of what answered; probe the next hop with --direct to see which one it is.", "gorilla-bad-handshake");
}
