namespace Bascule.Settings;

public sealed record HeartbeatSettings
{
    [Setting("Silence of a side before it is pinged. Default 25 s: case D1.", Min = "1s", Max = "5m", MayBeOff = true)]
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(25);

    [Setting("Silence of a side that ends the connection. More than the interval. Default 75 s, three pings: case D1.", Min = "2s", Max = "1h")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(75);

    [Setting("How often connections are looked through for stale ones. Default 180 s: case D1.", Min = "1s", Max = "1h", At = Applies.Restart)]
    public TimeSpan CleanupInterval { get; init; } = TimeSpan.FromSeconds(180);

    [Setting("No byte from either side for so long: the connection is stale and ended, whatever else holds. Default 900 s: case D1.", Min = "10s", Max = "1d", MayBeOff = true)]
    public TimeSpan Stale { get; init; } = TimeSpan.FromSeconds(900);
}

public sealed record LifeSettings
{
    [Setting("No message (pings do not count) in either direction for so long ends a connection.", MayBeOff = true, Min = "1s", Max = "7d")]
    public TimeSpan Idle { get; init; } = TimeSpan.Zero;

    [Setting("Longest life of a connection.", MayBeOff = true, Min = "1s", Max = "30d")]
    public TimeSpan MaximumAge { get; init; } = TimeSpan.Zero;
}

public sealed record DeadlineSettings
{
    [Setting("TLS handshake of a client.", Min = "1s", Max = "2m", At = Applies.Restart)]
    public TimeSpan Tls { get; init; } = TimeSpan.FromSeconds(10);

    [Setting("From the first byte to the end of the request headers.", Min = "1s", Max = "2m", At = Applies.Restart)]
    public TimeSpan Headers { get; init; } = TimeSpan.FromSeconds(5);

    [Setting("The whole attempt, from the request to the 101, waiting for a slot included.", Min = "1s", Max = "5m")]
    public TimeSpan Handshake { get; init; } = TimeSpan.FromSeconds(30);

    [Setting("Name lookup, TCP and TLS to one back end.", Min = "100ms", Max = "2m", At = Applies.Restart)]
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(5);

    [Setting("From the upgrade request to the answer of the back end.", Min = "100ms", Max = "5m", At = Applies.Restart)]
    public TimeSpan Upgrade { get; init; } = TimeSpan.FromSeconds(10);

    [Setting("How long a side may take to answer a close frame.", Min = "100ms", Max = "1m")]
    public TimeSpan Close { get; init; } = TimeSpan.FromSeconds(5);

    [Setting("Longest wait of an attempt for the shared storage; after it the gateway counts by what it last knew.", Min = "50ms", Max = "30s", At = Applies.Restart)]
    public TimeSpan Storage { get; init; } = TimeSpan.FromMilliseconds(300);
}

public sealed record JournalSettings
{
    [Setting("Attempts and endings that are remembered; the oldest goes first. Open connections are always known.", Min = "100", Max = "1000000")]
    public int Entries { get; init; } = 20_000;

    [Setting("Explanations that one address may ask for in a minute.", Min = "1", Max = "100000", At = Applies.AtOnce)]
    public int LookupsPerMinute { get; init; } = 60;
}

public sealed record StopSettings
{
    [Setting("Pause between `not ready` and the first close, so that load balancers look away.", Min = "0s", Max = "5m")]
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(2);

    [Setting("Closes are spread over this time, so that clients do not come back all at once.", Min = "0s", Max = "1h")]
    public TimeSpan Spread { get; init; } = TimeSpan.FromSeconds(10);

    [Setting("After this time what is still open is cut.", Min = "1s", Max = "2h")]
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(25);
}
