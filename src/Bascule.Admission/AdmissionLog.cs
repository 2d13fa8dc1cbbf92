using Microsoft.Extensions.Logging;

namespace Bascule.Admission;

/// <summary>What admission logs: ids 1000 to 1099.</summary>
internal static partial class AdmissionLog
{
    [LoggerMessage(EventId = 1000, EventName = "KeyRefused", Level = LogLevel.Error, Message = "A configured key is not used: {Fault}")]
    internal static partial void KeyRefused(this ILogger logger, string fault);

    [LoggerMessage(EventId = 1001, EventName = "JwksFetched", Level = LogLevel.Information, Message = "Fetched {KeyCount} keys from {JwksUrl}: {KeyIds}")]
    internal static partial void JwksFetched(this ILogger logger, int keyCount, string jwksUrl, string keyIds);

    [LoggerMessage(EventId = 1002, EventName = "JwksFailed", Level = LogLevel.Warning,
        Message = "Fetching keys from {JwksUrl} failed: {Fault}. {KeyCount} keys that were fetched before go on serving")]
    internal static partial void JwksFailed(this ILogger logger, string jwksUrl, string fault, int keyCount);

    [LoggerMessage(EventId = 1003, EventName = "JwkRefused", Level = LogLevel.Warning, Message = "A key from {JwksUrl} is not used: {Fault}")]
    internal static partial void JwkRefused(this ILogger logger, string jwksUrl, string fault);

    [LoggerMessage(EventId = 1004, EventName = "JwksUnprotected", Level = LogLevel.Warning,
        Message = "{JwksUrl} is fetched without TLS: whoever sits on the way can put in keys of their own. Use https")]
    internal static partial void JwksUnprotected(this ILogger logger, string jwksUrl);
}
