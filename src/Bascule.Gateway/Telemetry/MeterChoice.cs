using OpenTelemetry.Metrics;

namespace Bascule.Gateway;

/// <summary>Which metrics leave this gateway, whichever way: its own, Kestrel's and the runtime's.</summary>
internal static class MeterChoice
{
    /// <param name="scope">Of the meter of the process or gateway that is meant.</param>
    internal static MeterProviderBuilder AddMetersOf(this MeterProviderBuilder builder, object? scope) => builder
        .AddMeter(GatewayMetrics.MeterName, "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
        // Meters are known by name in the whole process; those of another gateway in it are not ours. The runtime's has no scope.
        .AddView(instrument => instrument.Meter.Scope is { } other && other != scope ? MetricStreamConfiguration.Drop : null);
}
