using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Bascule.Gateway;

/// <summary>Registers the console log.</summary>
public static class LogServices
{
    /// <summary>Logs to the console, one line per event.</summary>
    public static ILoggingBuilder AddLineConsole(this ILoggingBuilder logging)
    {
        logging.Services.TryAddSingleton(TimeProvider.System);
        logging.AddConsole(o => Bound(o, LineFormatter.FormatterName));
        logging.AddConsoleFormatter<LineFormatter, LineFormatterOptions>(o =>
            o.Colors = ColorsFit(Console.IsOutputRedirected, Environment.GetEnvironmentVariable("NO_COLOR"), Environment.GetEnvironmentVariable("TERM")));
        return logging;
    }

    /// <summary>The same as the framework's JSON, one document per line, with the time of each.</summary>
    public static ILoggingBuilder AddJsonLineConsole(this ILoggingBuilder logging)
    {
        logging.AddConsole(o => Bound(o, ConsoleFormatterNames.Json));
        logging.AddJsonConsole(o =>
        {
            o.UseUtcTimestamp = true;
            o.TimestampFormat = LineFormatter.TimeFormat;
        });
        return logging;
    }

    private static void Bound(ConsoleLoggerOptions options, string formatter)
    {
        options.FormatterName = formatter;
        // A console that does not take more must not stop the traffic; the log says how many lines it lost.
        options.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
        options.MaxQueueLength = 10_000;
    }

    /// <summary>Colours are for a terminal that can show them and a user who did not refuse them (no-color.org: any value but the empty one).</summary>
    public static bool ColorsFit(bool redirected, string? noColor, string? terminal) =>
        !redirected && string.IsNullOrEmpty(noColor) && terminal != "dumb";
}
