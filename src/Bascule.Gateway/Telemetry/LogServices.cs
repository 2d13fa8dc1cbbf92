using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Bascule.Gateway;

/// <summary>Registers the console log.</summary>
public static class LogServices
{
    /// <summary>Logs to the console, one line per event; the framework's <c>json</c> formatter stays selectable by <see cref="ConsoleLoggerOptions.FormatterName"/>.</summary>
    public static ILoggingBuilder AddLineConsole(this ILoggingBuilder logging)
    {
        logging.Services.TryAddSingleton(TimeProvider.System);
        logging.AddConsole(o =>
        {
            o.FormatterName = LineFormatter.FormatterName;
            // A console that does not take more must not stop the traffic; the log says how many lines it lost.
            o.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
            o.MaxQueueLength = 10_000;
        });
        logging.AddConsoleFormatter<LineFormatter, LineFormatterOptions>(o =>
            o.Colors = ColorsFit(Console.IsOutputRedirected, Environment.GetEnvironmentVariable("NO_COLOR"), Environment.GetEnvironmentVariable("TERM")));
        return logging;
    }

    /// <summary>Colours are for a terminal that can show them and a user who did not refuse them (no-color.org: any value but the empty one).</summary>
    public static bool ColorsFit(bool redirected, string? noColor, string? terminal) =>
        !redirected && string.IsNullOrEmpty(noColor) && terminal != "dumb";
}
