using System.Diagnostics.Metrics;

namespace Bascule.Gateway;

/// <summary>The metrics of one shard's process: what the gateway tells of it, too, and its own process and runtime, which only it can tell.</summary>
internal sealed class ShardMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly PrometheusExporter _exporter;

    /// <param name="number">From 1.</param>
    /// <param name="status">How the shard is now.</param>
    internal ShardMetrics(int number, int slots, Func<ShardStatus> status)
    {
        var name = new Uri(HubPool.UrlOf(number)).Authority;
        var build = BuildVersion.Of(typeof(ShardMetrics).Assembly);
        _meter = new Meter(new MeterOptions(GatewayMetrics.MeterName) { Version = build.Version, Scope = this });
        ObservedMetrics.Add(_meter, () => new SlotReading(HubPool.Name, name, status().Connections, slots), () => status().Reading(name), build);
        ProcessMetrics.Add(_meter);
        _exporter = new PrometheusExporter(this, () => status().Reading(name));
    }

    /// <inheritdoc cref="PrometheusExporter.ScrapeAsync"/>
    internal Task<string> ScrapeAsync(CancellationToken cancellation) => _exporter.ScrapeAsync(cancellation);

    public void Dispose()
    {
        _exporter.Dispose();
        _meter.Dispose();
    }
}
