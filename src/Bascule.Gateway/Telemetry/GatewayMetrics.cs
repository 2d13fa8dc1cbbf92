using System.Diagnostics.Metrics;
using Bascule.Model;
using Bascule.Relay;

namespace Bascule.Gateway;

/// <summary>What the gateway measures. Every label value comes from the configuration or from our own tables.</summary>
public sealed class GatewayMetrics
{
    public const string MeterName = "Bascule";

    /// <summary>Label value where there is none: no route was found, no reason is needed.</summary>
    private const string None = "none";

    private readonly UpDownCounter<long> _connections;
    private readonly Counter<long> _handshakes;
    private readonly Histogram<double> _handshakeDuration;
    private readonly Histogram<double> _connectionDuration;
    private readonly Counter<long> _closes;
    private readonly Counter<long> _messages;
    private readonly Counter<long> _messageBytes;
    private readonly Histogram<double> _pingRoundTrip;
    private readonly Histogram<double> _queueWait;
    private readonly Counter<long> _httpRequests;
    private readonly OperationCounters _operation;
    private readonly GatewayReadings _readings;

    public GatewayMetrics(IMeterFactory meters, GatewayReadings readings, BuildVersion build)
    {
        var meter = meters.Create(MeterName, build.Version);
        _connections = meter.CreateUpDownCounter<long>("bascule.connections", "{connection}", "Open connections.");
        _handshakes = meter.CreateCounter<long>("bascule.handshakes", "{attempt}", "Attempts to connect, by how they came out.");
        // From a tenth of a millisecond, which a stage in memory takes, to the default deadline of a handshake, 30 s.
        _handshakeDuration = Seconds(meter, "bascule.handshake.duration", "Time that attempts spent in each stage.",
            [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]);
        _connectionDuration = Seconds(meter, "bascule.connection.duration", "Time from the start of the attempt to the end of its connection.",
            [1, 5, 15, 60, 300, 900, 3600, 10800, 21600, 43200, 86400]);
        _closes = meter.CreateCounter<long>("bascule.closes", "{connection}", "Connections that ended, by side and reason.");
        _messages = meter.CreateCounter<long>("bascule.messages", "{message}", "Messages and control frames relayed.");
        _messageBytes = meter.CreateCounter<long>("bascule.message", "By", "Bytes of the frames relayed, as they pass: headers included.");
        _pingRoundTrip = Seconds(meter, "bascule.ping.rtt", "Time from a ping of the gateway to its pong.",
            [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]);
        // To the longest wait that may be configured, 5 min.
        _queueWait = Seconds(meter, "bascule.queue.wait", "Time that attempts waited for a slot.",
            [0.001, 0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300]);
        _httpRequests = meter.CreateCounter<long>("bascule.http.requests", "{request}", "Ordinary HTTP requests, by class of their status; the reason says why one failed.");
        _readings = readings;
        _operation = new OperationCounters(meter);
        Sessions = new SessionMetrics(meter, readings.Sessions);
        ObservedMetrics.Add(meter, readings, build);
        ProcessMetrics.Add(meter);
        Scope = meter.Scope;
    }

    /// <summary>The same counts as plain numbers, since the start.</summary>
    public GatewayTotals Totals { get; } = new();

    public SessionMetrics Sessions { get; }

    /// <summary>The meter factory: tells the instruments of this gateway from those of another one in the same process.</summary>
    internal object? Scope { get; }

    internal Func<HubReading?> Hub => _readings.Hub;

    /// <summary>Makes the series that wait for a first event visible, with 0, for a listener that is there now.</summary>
    internal void Begin()
    {
        _operation.Begin();
        Sessions.Begin();
    }

    /// <summary>An attempt became a connection or was turned away.</summary>
    /// <param name="refusal">Null when it was accepted.</param>
    public void HandshakeEnded(string? route, EndReason? refusal)
    {
        _handshakes.Add(1, new("route", route ?? None), new("outcome", Outcome(refusal)), new("reason", refusal?.Label ?? None));
        Totals.HandshakeEnded(route, refusal);
    }

    public void StageTook(Stage stage, TimeSpan took) => _handshakeDuration.Record(took.TotalSeconds, new KeyValuePair<string, object?>("stage", Words.Of(stage)));

    public void ConnectionOpened(string route, HttpKind protocol) => _connections.Add(1, new("route", route), new("protocol", Words.Short(protocol)));

    /// <summary>Takes the route and protocol given at the start: with others the count would drift.</summary>
    public void ConnectionEnded(string route, HttpKind protocol, EndReason reason, TimeSpan lasted)
    {
        _connections.Add(-1, new("route", route), new("protocol", Words.Short(protocol)));
        _connectionDuration.Record(lasted.TotalSeconds, new KeyValuePair<string, object?>("route", route));
        _closes.Add(1, new("by", Words.Of(reason.By)), new("reason", reason.Label));
        Totals.ConnectionEnded(route, reason);
    }

    /// <summary>Adds what a connection counted since it last reported: on each sweep and at its end, never per message.</summary>
    public void AddTraffic(in TrafficCounts delta)
    {
        Add("client_to_backend", delta.ToBackend);
        Add("backend_to_client", delta.ToClient);
        Totals.AddTraffic(delta.ToBackend, delta.ToClient);
    }

    public void PingAnswered(PingedSide side, TimeSpan roundTrip) =>
        _pingRoundTrip.Record(roundTrip.TotalSeconds, new KeyValuePair<string, object?>("side", side == PingedSide.Client ? "client" : "backend"));

    public void QueueWaited(string pool, TimeSpan waited) => _queueWait.Record(waited.TotalSeconds, new KeyValuePair<string, object?>("pool", pool));

    /// <param name="status">The status that the client got.</param>
    /// <param name="failure">Null when the back end's answer was delivered.</param>
    public void HttpRequestEnded(string? route, int status, EndReason? failure)
    {
        _httpRequests.Add(1, new("route", route ?? None), new("status_class", Words.StatusClass(status)), new("reason", failure?.Label ?? None));
        Totals.HttpRequestEnded();
    }

    /// <summary>A limit of connections refused somebody.</summary>
    public void LimitRefused(LimitedBy limit) => _operation.LimitRefused(limit);

    /// <summary>A client above its rate was read more slowly for so long.</summary>
    public void Throttled(TimeSpan held) => _operation.Throttled(held);

    public void TicketEnded(TicketResult result) => _operation.TicketEnded(result);

    /// <summary>An operator revoked a token, or all of a user or session.</summary>
    public void Revoked() => _operation.Revoked();

    /// <param name="applied">False: the new configuration was faulty, and the old one goes on.</param>
    public void ConfigReloaded(bool applied) => _operation.ConfigReloaded(applied);

    /// <param name="place"><c>file</c> or <c>database</c>.</param>
    public void AuditDropped(string place, long count) => _operation.AuditDropped(place, count);

    private static Histogram<double> Seconds(Meter meter, string name, string description, double[] bounds) =>
        meter.CreateHistogram(name, "s", description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });

    /// <summary>Refused: the rules said no. Failed: something broke or took too long.</summary>
    private static string Outcome(EndReason? refusal)
    {
        if (refusal is null)
            return "accepted";
        var broke = refusal.By == EndedBy.Backend || refusal == EndReasons.GatewayFault || refusal == EndReasons.HandshakeTimeout
            || refusal == EndReasons.ClientGaveUp || refusal == EndReasons.KeysUnavailable;
        return broke ? "failed" : "refused";
    }

    private void Add(string direction, in DirectionCounts counts)
    {
        Add(direction, "text", counts.Texts);
        Add(direction, "binary", counts.Binaries);
        Add(direction, "ping", counts.Pings);
        Add(direction, "pong", counts.Pongs);
        Add(direction, "close", counts.Closes);
        if (counts.Bytes > 0)
            _messageBytes.Add(counts.Bytes, new KeyValuePair<string, object?>("direction", direction));
    }

    private void Add(string direction, string type, long count)
    {
        if (count > 0)
            _messages.Add(count, new("direction", direction), new("type", type));
    }
}
