using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Bascule.Gateway;

/// <summary>Answers a scrape: collects all metrics of this gateway, Kestrel and the runtime, as Prometheus text.</summary>
public sealed class PrometheusExporter : IDisposable
{
    /// <summary>Prometheus text exposition format 0.0.4.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>OpenTelemetry 1.20 can hand out a point that another thread is just making, its tags still missing. The next collection has it whole.</summary>
    private const int Tries = 3;

    private const string FanoutName = "bascule_hub_fanout_duration_seconds";
    private const string FanoutHelp = "Time from a message's arrival in the hub until all clients that had been sent everything before it had their turn to be sent it.";

    private readonly SemaphoreSlim _oneScrape = new(1);
    private readonly TextExporter _exporter;
    private readonly BaseExportingMetricReader _reader;
    private readonly MeterProvider _provider;

    /// <summary>Starts to collect. What was measured before is not seen: make it before the first listener opens.</summary>
    public PrometheusExporter(GatewayMetrics metrics)
        : this(metrics.Scope, metrics.Hub)
    {
        metrics.Begin();
    }

    /// <param name="scope">Of the meter that is meant.</param>
    /// <param name="hub">What no instrument can hold, since it was counted elsewhere.</param>
    internal PrometheusExporter(object? scope, Func<HubReading?> hub)
    {
        _exporter = new TextExporter(hub);
        _reader = new BaseExportingMetricReader(_exporter);
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMetersOf(scope)
            .AddReader(_reader)
            .Build();
    }

    /// <summary>The metrics of this moment. One scrape at a time; others wait their turn.</summary>
    /// <exception cref="InvalidOperationException">The exporter has been shut down.</exception>
    public async Task<string> ScrapeAsync(CancellationToken cancellationToken)
    {
        await _oneScrape.WaitAsync(cancellationToken);
        try
        {
            for (var i = 0; i < Tries; i++)
            {
                if (_exporter.Collect?.Invoke(Timeout.Infinite) == true)
                    return _exporter.Text;
            }

            throw new InvalidOperationException("The metrics could not be collected: the exporter has been shut down.");
        }
        finally
        {
            _oneScrape.Release();
        }
    }

    public void Dispose()
    {
        _provider.Dispose();
        _reader.Dispose();
        _exporter.Dispose();
        _oneScrape.Dispose();
    }

    /// <summary>Turns what the reader collected into text.</summary>
    [ExportModes(ExportModes.Pull)]
    private sealed class TextExporter(Func<HubReading?> hub) : BaseExporter<Metric>, IPullMetricExporter
    {
        internal string Text { get; private set; } = "";

        public Func<int, bool>? Collect { get; set; }

        public override ExportResult Export(in Batch<Metric> batch)
        {
            var writer = new PrometheusWriter();
            foreach (var metric in batch)
                writer.Add(metric);
            foreach (var shard in hub()?.Shards ?? [])
                writer.Add(FanoutName, FanoutHelp, ("shard", shard.Shard), shard.Fanout);
            Text = writer.ToString();
            return ExportResult.Success;
        }
    }
}
