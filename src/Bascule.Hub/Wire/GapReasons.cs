namespace Bascule.Hub;

/// <summary>What is said of a gap on the wire.</summary>
public static class GapReasons
{
    public static string NameOf(GapReason reason) => reason switch
    {
        GapReason.EpochChanged => "epoch_changed",
        GapReason.TooOld => "too_old",
        GapReason.TooMany => "too_many",
        GapReason.Truncated => "truncated",
        GapReason.TooSlow => "too_slow",
        GapReason.SourceAway => "source_away",
        _ => "forbidden",
    };

    /// <summary>What the client should do: fetch the state anew, go on with the newest messages, or nothing.</summary>
    public static string AdviceFor(GapReason reason) => reason switch
    {
        GapReason.Forbidden => "ignore",
        GapReason.TooSlow => "latest",
        _ => "snapshot",
    };
}
