namespace Bascule.Load;

/// <summary>The figures that a pipeline asks for, flat, over all targets. Null where there were too few samples.</summary>
public sealed record LoadSummary
{
    public required LoadVerdict Verdict { get; init; }

    /// <summary>What a person reads first.</summary>
    public required string Headline { get; init; }

    /// <summary>Whether the generator was fit to measure.</summary>
    public required bool Valid { get; init; }

    public required long Attempts { get; init; }

    public required long Opened { get; init; }

    public required long Failed { get; init; }

    /// <summary>Share of the attempts that ended, 0 to 1.</summary>
    public required double? FailRate { get; init; }

    /// <summary>Connections.</summary>
    public required long Lost { get; init; }

    public required int OpenAtEnd { get; init; }

    public required int MostOpen { get; init; }

    public required long Sent { get; init; }

    public required long Received { get; init; }

    public required long MessagesLost { get; init; }

    /// <summary>Received, while the connections were open.</summary>
    public required double? MessagesPerSecond { get; init; }

    public required double? ConnectP50Ms { get; init; }

    public required double? ConnectP99Ms { get; init; }

    public required double? RttP50Ms { get; init; }

    public required double? RttP90Ms { get; init; }

    public required double? RttP99Ms { get; init; }

    public required double? RttP999Ms { get; init; }

    public required double? RttMaxMs { get; init; }

    public required double? RttRawP99Ms { get; init; }

    /// <summary>Of all classes, without those that nobody is guilty of.</summary>
    public required long Failures { get; init; }

    /// <summary>Share of what had a time, 0 to 1.</summary>
    public required double LateRate { get; init; }

    internal static LoadSummary Of(LoadReport report)
    {
        var (result, all) = (report.Result, Figures.AllOf(report.Result));
        return new LoadSummary
        {
            Verdict = report.Verdict,
            Headline = LoadHeadline.Of(report),
            Valid = report.Validity.IsValid,
            Attempts = all.Attempts,
            Opened = all.Opened,
            Failed = all.FailedAttempts,
            FailRate = Figures.FailRate(all),
            Lost = all.Lost,
            OpenAtEnd = all.OpenAtEnd,
            MostOpen = all.MostOpen,
            Sent = all.Sent,
            Received = all.Received,
            MessagesLost = all.LostMessages,
            MessagesPerSecond = Figures.MessagesPerSecond(result, all),
            ConnectP50Ms = Milliseconds(all.Connect.Percentile(50)),
            ConnectP99Ms = Milliseconds(all.Connect.Percentile(99)),
            RttP50Ms = Milliseconds(all.RoundTrip.Percentile(50)),
            RttP90Ms = Milliseconds(all.RoundTrip.Percentile(90)),
            RttP99Ms = Milliseconds(all.RoundTrip.Percentile(99)),
            RttP999Ms = Milliseconds(all.RoundTrip.Percentile(99.9)),
            RttMaxMs = Milliseconds(all.RoundTrip.Max),
            RttRawP99Ms = Milliseconds(all.RawRoundTrip.Percentile(99)),
            Failures = Figures.Failures(all),
            LateRate = Figures.LateRate(result.Generator),
        };
    }

    private static double? Milliseconds(long? nanoseconds) => nanoseconds / 1e6;
}
