using Bascule.Gateway;
using Microsoft.Extensions.Logging;

namespace Bascule.Cli;

/// <summary>The log of a serving process, and what it says at start: ids 5000 to 5009.</summary>
internal static partial class ServingLog
{
    /// <param name="json">JSON lines instead of text, for collectors.</param>
    internal static ILoggerFactory Make(bool json, LogLevel level) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(level);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        // It would write the stack of a listener that cannot be opened, which is told in one sentence.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        if (json)
            logging.AddJsonLineConsole();
        else
            logging.AddLineConsole();
    });

    [LoggerMessage(EventId = 5000, EventName = "Listening", Level = LogLevel.Information, Message = "listening on {Public}, admin on {Admin}")]
    internal static partial void Listening(this ILogger logger, string @public, string admin);

    [LoggerMessage(EventId = 5001, EventName = "Configured", Level = LogLevel.Information, Message = "configured: routes {Routes}, pools {Pools}, from {Files}")]
    internal static partial void Configured(this ILogger logger, int routes, int pools, string files);

    [LoggerMessage(EventId = 5002, EventName = "ConfigurationNotice", Level = LogLevel.Warning, Message = "{Notice}")]
    internal static partial void ConfigurationNotice(this ILogger logger, string notice);
}
