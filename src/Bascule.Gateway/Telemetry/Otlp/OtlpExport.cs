using System.Diagnostics;
using Bascule.Settings;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Bascule.Gateway;

/// <summary>Sends metrics and traces to an OpenTelemetry collector, as OTLP over HTTP. One that is away or slow costs what it does not take, and nothing else.</summary>
public sealed class OtlpExport : IAsyncDisposable
{
    /// <summary>Spans that wait; more are lost. Enough for 500 handshakes of 8 spans at once.</summary>
    private const int SpansWaiting = 4096;

    /// <summary>How long one export may take, and how long spans are gathered for one.</summary>
    private static readonly TimeSpan ExportLimit = TimeSpan.FromSeconds(5);

    /// <summary>For the last export when the gateway stops.</summary>
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(3);

    private readonly MeterProvider _meters;
    private readonly TracerProvider _tracers;

    /// <summary>Starts to send. What was measured before is not seen: make it before the first listener opens.</summary>
    /// <param name="settings">With an address of a collector.</param>
    public OtlpExport(TelemetrySettings settings, GatewayMetrics metrics, AttemptTracing tracing, BuildVersion build, ILogger<OtlpExport> log)
    {
        var gateway = ResourceBuilder.CreateEmpty().AddService("bascule", serviceVersion: build.Version);
        _meters = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(gateway)
            .AddMetersOf(metrics.Scope)
            .AddReader(new PeriodicExportingMetricReader(new OtlpMetricExporter(Options(settings, "metrics", log)), (int)settings.Every.TotalMilliseconds, (int)ExportLimit.TotalMilliseconds))
            .Build();
        metrics.Begin();
        _tracers = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(gateway)
            .AddSource(AttemptTracing.SourceName)
            // Who traces already has decided for its own; we decide where a trace begins.
            .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(settings.TraceRatio)))
            .AddProcessor(new OwnSpans(new OtlpTraceExporter(Options(settings, "traces", log)), tracing))
            .Build();
    }

    /// <summary>Sends what is left, within a few seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        var milliseconds = (int)Goodbye.TotalMilliseconds;
        await Task.WhenAll(Task.Run(() => _tracers.Shutdown(milliseconds)), Task.Run(() => _meters.Shutdown(milliseconds)));
        _tracers.Dispose();
        _meters.Dispose();
    }

    private static OtlpExporterOptions Options(TelemetrySettings settings, string signal, ILogger log) => new()
    {
        Protocol = OtlpExportProtocol.HttpProtobuf,
        // Given in code, the SDK takes an address as it is and adds no path of its own.
        Endpoint = new Uri($"{settings.Otlp.TrimEnd('/')}/v1/{signal}"),
        TimeoutMilliseconds = (int)ExportLimit.TotalMilliseconds,
        HttpClientFactory = () => Client(settings, signal, log),
    };

    private static HttpClient Client(TelemetrySettings settings, string signal, ILogger log)
    {
        // A cookie or a redirect has no place here, and our own requests leave no trace of theirs.
        var wire = new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null, ConnectTimeout = ExportLimit };
        var client = new HttpClient(new CollectorWatch(signal, log, wire)) { Timeout = ExportLimit };
        foreach (var field in settings.OtlpHeaders)
        {
            var (name, value) = field.IndexOf('=') is > 0 and var at ? (field[..at], field[(at + 1)..]) : (field, "");
            client.DefaultRequestHeaders.TryAddWithoutValidation(name.Trim(), value.Trim());
        }

        return client;
    }

    /// <summary>Sources are known by name in the whole process; spans of another gateway in it are not ours.</summary>
    private sealed class OwnSpans(OtlpTraceExporter exporter, AttemptTracing tracing)
        : BatchActivityExportProcessor(exporter, SpansWaiting, exporterTimeoutMilliseconds: (int)ExportLimit.TotalMilliseconds)
    {
        public override void OnEnd(Activity data)
        {
            if (tracing.Made(data))
                base.OnEnd(data);
        }
    }
}
