namespace Bascule.Diagnostics;

/// <summary>What was found at one URL.</summary>
/// <param name="Url">Without the values of its query.</param>
/// <param name="Verdicts">The gravest first; among equals the one that the others may follow from. Empty when nothing is wrong.</param>
/// <param name="Hops">Who was recognized on the way, the nearest first.</param>
/// <param name="Direct">The same for the second URL, if there was one.</param>
public sealed record ProbeReport(
    string Url, IReadOnlyList<Verdict> Verdicts, IReadOnlyList<ProbeStep> Steps, IReadOnlyList<HopSeen> Hops, ProbeFacts Facts, ProbeReport? Direct, TimeSpan Duration)
{
    /// <summary>It was ended by the user; the report has what was seen until then.</summary>
    public bool WasInterrupted { get; init; }

    /// <summary>Nothing that matters is wrong.</summary>
    public bool IsGood => Verdicts.All(v => v.Severity == Severity.Info);
}

/// <summary>What a script may expect.</summary>
public sealed record ProbeFacts
{
    /// <summary>Somebody took a connection, with TLS where it was asked for.</summary>
    public bool IsReachable { get; init; }

    /// <summary>The status of the answer to the upgrade; 0 without one.</summary>
    public int Status { get; init; }

    /// <summary>A valid 101 came.</summary>
    public bool IsWebSocket { get; init; }

    public string? Subprotocol { get; init; }

    public string? Extensions { get; init; }

    public string? Server { get; init; }

    public bool Pongs { get; init; }

    public bool Echoes { get; init; }

    /// <summary>The code of the close frame that the server sent; 0 without one.</summary>
    public int CloseCode { get; init; }

    public bool Http2 { get; init; }

    /// <summary>What the path serves of server-sent events; null when it serves none, or nothing came through.</summary>
    public EventsSeen? Events { get; init; }

    /// <summary>The shortest silence that ended a connection; null when none did, or none was tried.</summary>
    public TimeSpan? IdleLimit { get; init; }
}
