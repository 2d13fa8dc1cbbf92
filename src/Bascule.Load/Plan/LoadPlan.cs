namespace Bascule.Load;

/// <summary>What the connections of a run do once they are open.</summary>
public enum LoadMode
{
    /// <summary>Sends numbered messages and expects each of them back.</summary>
    Echo,

    /// <summary>Listens only; whatever comes is counted.</summary>
    Receive,

    /// <summary>Does nothing, and expects to stay open.</summary>
    Idle,

    /// <summary>Connects, closes properly, and connects again until the hold is over.</summary>
    Churn,

    /// <summary>Opens all, drops all at once, connects all again at once, and measures the way back.</summary>
    Storm,

    /// <summary>Reads slower than the server sends, and waits for what the server makes of it.</summary>
    SlowReader,
}

/// <summary>One side of a comparison, or all there is.</summary>
/// <param name="Label"><c>target</c>, or <c>via</c> and <c>direct</c> of a comparison.</param>
/// <param name="Urls">The connections take them in turn. At least one; ws or wss.</param>
public sealed record LoadTarget(string Label, IReadOnlyList<Uri> Urls);

/// <summary>Everything about a run, before it starts. Written to JSON for worker processes and into the report.</summary>
public sealed record LoadPlan
{
    /// <summary>One, or two that are compared; connections are shared out evenly.</summary>
    public required IReadOnlyList<LoadTarget> Targets { get; init; }

    public LoadMode Mode { get; init; } = LoadMode.Echo;

    /// <summary>Over all targets and workers.</summary>
    public int Connections { get; init; } = 100;

    /// <summary>Attempts per second; null is as fast as <see cref="InFlight"/> allows.</summary>
    public double? Ramp { get; init; }

    /// <summary>Handshakes under way at once, at most.</summary>
    public int InFlight { get; init; } = 100;

    /// <summary>How long the connections stay and do their work after the last attempt of the ramp.</summary>
    public TimeSpan Hold { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Messages per second and connection, on a schedule that waits for no answer; null is one after the other, each after the answer to the one before.</summary>
    public double? Rate { get; init; }

    /// <summary>Bytes of a message: <see cref="SmallestMessage"/> to <see cref="LargestMessage"/>.</summary>
    public int Size { get; init; } = 128;

    /// <summary>Further tries of a connection whose handshake failed, or that was lost.</summary>
    public int Retries { get; init; }

    /// <summary>Sent as <c>Authorization: Bearer</c>; the connections take them in turn. Never in a report.</summary>
    public IReadOnlyList<string> Tokens { get; init; } = [];

    /// <summary>Further fields of the handshake. Their values are never in a report.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public IReadOnlyList<string> Subprotocols { get; init; } = [];

    /// <summary>Local addresses that the connections take in turn; empty leaves it to the system.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>Takes any certificate.</summary>
    public bool Insecure { get; init; }

    /// <summary>From the first packet to the valid 101. Default 10 s: what clients in the field wait.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>An echo that takes longer is missing. Default 10 s.</summary>
    public TimeSpan MessageTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The first connection of this worker among all of them: numbers in messages differ between workers.</summary>
    public int FirstConnection { get; init; }

    /// <summary>The stamp of a message needs so many bytes.</summary>
    public const int SmallestMessage = 24;

    /// <summary>16 MiB: the largest message that the gateway is proved with.</summary>
    public const int LargestMessage = 16 << 20;
}
