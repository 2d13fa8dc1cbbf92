using Bascule.Cluster;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Bascule.Gateway.Tests;

/// <summary>The metrics of one gateway with their exporter, and readings that a test sets.</summary>
internal sealed class MetricsBench : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    internal MetricsBench()
    {
        Meters = _services.GetRequiredService<IMeterFactory>();
        Metrics = new GatewayMetrics(Meters, new GatewayReadings(() => Slots, () => Queues, () => Drains)
        {
            Nodes = () => Nodes,
            Ready = () => Ready,
            Generations = () => Generations,
            Cluster = () => Cluster,
            Hub = () => Hub,
            Sessions = () => [new SessionReading("running", 2)],
        }, new BuildVersion("0.1.0", "abc123"));
        Exporter = new PrometheusExporter(Metrics);
    }

    internal IMeterFactory Meters { get; }

    internal GatewayMetrics Metrics { get; }

    internal PrometheusExporter Exporter { get; }

    internal List<SlotReading> Slots { get; } = [];

    internal List<QueueReading> Queues { get; } = [];

    internal List<DrainReading> Drains { get; } = [];

    internal List<NodeReading> Nodes { get; } = [];

    internal List<ReadyReading> Ready { get; } = [];

    internal GenerationReading Generations { get; set; }

    internal ClusterMode Cluster { get; set; }

    /// <summary>Null: no route leads to topics.</summary>
    internal HubReading? Hub { get; set; }

    internal async Task<string> ScrapeAsync() => await Exporter.ScrapeAsync(TestContext.Current.CancellationToken);

    /// <summary>The samples of a family and of its parts, without HELP and TYPE.</summary>
    internal async Task<string[]> SamplesAsync(string name) =>
        [.. (await ScrapeAsync()).Split('\n').Where(l => l.StartsWith(name, StringComparison.Ordinal))];

    public void Dispose()
    {
        Exporter.Dispose();
        _services.Dispose();
    }
}
