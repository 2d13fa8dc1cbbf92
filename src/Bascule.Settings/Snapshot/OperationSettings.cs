namespace Bascule.Settings;

public enum ChangePolicy
{
    /// <summary>Open connections go on under the rules that they began with.</summary>
    Keep,

    /// <summary>They are asked to come back, at the pace of <see cref="DrainSettings"/>.</summary>
    Drain,

    /// <summary>They are closed at once.</summary>
    Close,
}

public sealed record DrainSettings
{
    [Setting("Connections that are asked to leave in a second, at most. An order may name another rate.", Min = "1", Max = "100000")]
    public int PerSecond { get; init; } = 50;

    [Setting("Clients of our SDKs are told to come back at a random time within this span.", Min = "0s", Max = "10m")]
    public TimeSpan ComeBackWithin { get; init; } = TimeSpan.FromSeconds(5);
}

public sealed record ReloadSettings
{
    [Setting("Whether a change of the configuration files is noticed by itself. SIGHUP and `POST /api/config:reload` always work.", At = Applies.Restart)]
    public bool Watch { get; init; } = true;

    [Setting("What happens to open connections of a route that was changed or removed: `keep`, `drain` or `close`. Others are never touched.")]
    public ChangePolicy Connections { get; init; } = ChangePolicy.Keep;
}

public sealed record AuditSettings
{
    [Setting("File of JSON lines. A relative one is below the data folder. `off`: none.")]
    public string File { get; init; } = "audit.ndjson";

    [Setting("Size in bytes at which a new file is begun.", Min = "10000", Max = "10000000000")]
    public long FileBytes { get; init; } = 100_000_000;

    [Setting("Older files that are kept.", Min = "0", Max = "1000")]
    public int OldFiles { get; init; } = 5;

    [Setting("Whether the entries also go to the storage, which must be SQLite or PostgreSQL.")]
    public bool Database { get; init; }

    [Setting("Entries that may wait to be written; more are dropped, counted, and told in the next entry that is written.", Min = "100", Max = "1000000")]
    public int Waiting { get; init; } = 10_000;
}

public sealed record TelemetrySettings
{
    [Setting("Address of an OpenTelemetry collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`. Empty: nothing is sent.")]
    public string Otlp { get; init; } = "";

    [Setting("Header fields that the collector asks for, as `name=value`.", Secret = true)]
    public IReadOnlyList<string> OtlpHeaders { get; init; } = [];

    [Setting("Time between two exports of the metrics.", Min = "1s", Max = "10m")]
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(30);

    [Setting("Part of the attempts that are traced, 0 to 1. A caller that traces already decides for its own.", Min = "0", Max = "1")]
    public double TraceRatio { get; init; } = 0.1;
}
