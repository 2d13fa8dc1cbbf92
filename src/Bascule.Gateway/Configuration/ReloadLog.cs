using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>What reloads log: ids 4100 to 4109.</summary>
internal static partial class ReloadLog
{
    [LoggerMessage(EventId = 4100, EventName = "Reloaded", Level = LogLevel.Information, Message = "configuration reloaded by {By}, generation {Generation}; changed: {Changed}")]
    internal static partial void Reloaded(this ILogger logger, string by, int generation, string changed);

    [LoggerMessage(EventId = 4101, EventName = "ReloadRefused", Level = LogLevel.Error, Message = "reload by {By} refused, the old configuration goes on: {Faults}")]
    internal static partial void ReloadRefused(this ILogger logger, string by, string faults);

    [LoggerMessage(EventId = 4102, EventName = "NeedsRestart", Level = LogLevel.Warning, Message = "changed, but only the next start takes it up: {Changed}")]
    internal static partial void NeedsRestart(this ILogger logger, string changed);
}
