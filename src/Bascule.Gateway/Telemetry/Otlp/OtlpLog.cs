using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>What is said of the OpenTelemetry collector: ids 4090 to 4099. Once for each change, not once for each try.</summary>
internal static partial class OtlpLog
{
    [LoggerMessage(EventId = 4090, EventName = "CollectorLost", Level = LogLevel.Warning,
        Message = "The collector {Collector} does not take {Signal}: {Cause}. Traces of this time are lost; metrics catch up")]
    internal static partial void CollectorLost(this ILogger logger, Uri collector, string signal, string cause);

    [LoggerMessage(EventId = 4091, EventName = "CollectorFound", Level = LogLevel.Information, Message = "The collector {Collector} takes {Signal}")]
    internal static partial void CollectorFound(this ILogger logger, Uri collector, string signal);
}
