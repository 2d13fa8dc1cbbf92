using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>What passes between gateways, as the log tells it: ids 4110 to 4119.</summary>
internal static partial class SharingLog
{
    [LoggerMessage(EventId = 4110, EventName = "NotPosted", Level = LogLevel.Warning, Message = "{Count} orders could not be told to the other gateways yet: {Cause}")]
    internal static partial void NotPosted(this ILogger logger, int count, string cause);

    [LoggerMessage(EventId = 4111, EventName = "BulletinsFull", Level = LogLevel.Error, Message = "an order was not told to the other gateways: the storage holds {Most} already; it holds on this gateway only")]
    internal static partial void BulletinsFull(this ILogger logger, int most);

    [LoggerMessage(EventId = 4112, EventName = "BulletinUnreadable", Level = LogLevel.Error, Message = "bulletin {Number} cannot be read; another version of the gateway may have written it")]
    internal static partial void BulletinUnreadable(this ILogger logger, long number);

    [LoggerMessage(EventId = 4113, EventName = "RevocationNotTaken", Level = LogLevel.Error, Message = "a revocation of another gateway does not hold here: {Fault}")]
    internal static partial void RevocationNotTaken(this ILogger logger, string fault);
}
