using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>What the audit log says of itself: ids 4080 to 4089. Once for each change, not once for each try.</summary>
internal static partial class AuditNotices
{
    [LoggerMessage(EventId = 4080, EventName = "AuditFailing", Level = LogLevel.Error,
        Message = "Audit entries cannot be written to {Place}: {Fault}. They wait, and are dropped when too many do")]
    internal static partial void AuditFailing(this ILogger logger, string place, string fault);

    [LoggerMessage(EventId = 4081, EventName = "AuditRecovered", Level = LogLevel.Information, Message = "Audit entries are written to {Place} again")]
    internal static partial void AuditRecovered(this ILogger logger, string place);

    [LoggerMessage(EventId = 4082, EventName = "AuditDropped", Level = LogLevel.Error, Message = "{Count} audit entries for {Place} were dropped")]
    internal static partial void AuditDropped(this ILogger logger, long count, string place);

    [LoggerMessage(EventId = 4083, EventName = "AuditNotRotated", Level = LogLevel.Warning,
        Message = "The audit log {Place} has its size, but no new file could be begun: {Fault}. It grows on")]
    internal static partial void AuditNotRotated(this ILogger logger, string place, string fault);
}
