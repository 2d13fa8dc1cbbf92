namespace Bascule.Settings;

/// <summary>Limits of a gateway, a route or a tier. What is not set is not limited.</summary>
public sealed record LimitSettings
{
    [Setting("Connections at once: of this gateway, of the route, or of all users of the tier.", Min = "1", Max = "10000000")]
    public int? Connections { get; init; }

    [Setting("Connections at once of one user.", Min = "1", Max = "1000000")]
    public int? ConnectionsPerUser { get; init; }

    [Setting("Connections at once from one address (IPv6: one /64).", Min = "1", Max = "1000000")]
    public int? ConnectionsPerAddress { get; init; }

    [Setting("Attempts to open a WebSocket, all together.")]
    public RateSettings? UpgradeRate { get; init; }

    [Setting("Attempts of one user to open a WebSocket.")]
    public RateSettings? UpgradeRatePerUser { get; init; }

    [Setting("Attempts from one address (IPv6: one /64) to open a WebSocket.")]
    public RateSettings? UpgradeRatePerAddress { get; init; }

    [Setting("Ordinary HTTP requests from one address (IPv6: one /64). WebSockets do not count here (case D4).")]
    public RateSettings? RequestRatePerAddress { get; init; }

    [Setting("Messages that one connection may send in a second.", Min = "1", Max = "1000000")]
    public int? MessagesPerSecond { get; init; }

    [Setting("Bytes that one connection may send in a second.", Min = "1", Max = "10000000000")]
    public long? BytesPerSecond { get; init; }

    [Setting("Messages that all connections of one user on this gateway may send in a second.", Min = "1", Max = "1000000")]
    public int? UserMessagesPerSecond { get; init; }

    [Setting("Bytes that all connections of one user on this gateway may send in a second.", Min = "1", Max = "10000000000")]
    public long? UserBytesPerSecond { get; init; }

    [Setting("Largest message of a client in bytes, as it is on the wire (compressed, where it is). A larger one ends the connection with 4413.", Min = "1", Max = "1000000000000")]
    public long? MessageBytes { get; init; }

    [Setting("Frames that one message of a client may consist of. More end the connection with 4413.", Min = "1", Max = "1000000")]
    public int? Fragments { get; init; }

    [Setting("A client above its rate is read more slowly. One that was held back without a break for so long is closed with 4429.", Min = "1s", Max = "1h")]
    public TimeSpan? Patience { get; init; }
}

/// <summary>A rate; may be written as its text alone.</summary>
public sealed record RateSettings
{
    [Setting("`20/s`, `600/m` or `1000/h`.", Required = true, Shorthand = true)]
    public string Rate { get; init; } = "";

    [Setting("So many may come at once. Without it, the number before the slash.", Min = "1", Max = "1000000")]
    public int? Burst { get; init; }
}

public sealed record OverloadSettings
{
    [Setting("Handshakes under way at once; the next one is refused at once. Those that wait for a slot count.", Min = "1", Max = "1000000")]
    public int HandshakesInFlight { get; init; } = 10_000;

    [Setting("Percentage of the memory of the machine or container from which on nobody new comes in. 0: not looked at.", Min = "0", Max = "100")]
    public int MemoryPercent { get; init; } = 90;

    [Setting("Percentage of all cores, over some seconds, from which on nobody new comes in. 0: not looked at.", Min = "0", Max = "100")]
    public int CpuPercent { get; init; }
}
