using System.Collections;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Bascule.Gateway;

/// <summary>How <see cref="LineFormatter"/> writes.</summary>
public sealed class LineFormatterOptions : ConsoleFormatterOptions
{
    /// <summary>Whether levels are coloured. Set from the terminal at registration.</summary>
    public bool Colors { get; set; }
}

/// <summary>Writes one line per event: <c>2030-01-01T17:03:22.123Z info  ConnectionOpened attempt=… route=…</c>; an exception follows on indented lines.</summary>
/// <remarks>Nothing that a client sends can break out of its value: see <see cref="LogText"/>. Scopes are not written.</remarks>
public sealed class LineFormatter : ConsoleFormatter
{
    public const string FormatterName = "bascule";

    /// <summary>UTC, as explanations and JSON lines say it too; never local time, which is told twice each autumn.</summary>
    internal const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private const string MessageTemplate = "{OriginalFormat}";
    private const string OwnCategory = "Bascule";

    private readonly IOptionsMonitor<LineFormatterOptions> _options;
    private readonly TimeProvider _time;

    public LineFormatter(IOptionsMonitor<LineFormatterOptions> options, TimeProvider time)
        : base(FormatterName)
    {
        _options = options;
        _time = time;
    }

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var (word, color) = Level(logEntry.LogLevel);
        textWriter.Write(_time.GetUtcNow().ToString(TimeFormat + " ", CultureInfo.InvariantCulture));
        textWriter.Write(_options.CurrentValue.Colors ? $"\u001b[{color}m{word}\u001b[0m " : word + " ");
        WriteEvent(logEntry, textWriter);
        textWriter.Write('\n');
        if (logEntry.Exception is { } exception)
            WriteException(exception, textWriter);
    }

    /// <summary>Our own events are a name and values; those of libraries are sentences, so their message is kept whole.</summary>
    private static void WriteEvent<TState>(in LogEntry<TState> entry, TextWriter line)
    {
        var own = entry.Category.StartsWith(OwnCategory, StringComparison.Ordinal) && entry.EventId.Name is { Length: > 0 };
        line.Write(LogText.Escape(own ? entry.EventId.Name! : entry.Category));
        if (own && entry.State is IEnumerable<KeyValuePair<string, object?>> values && WriteValues(values, line))
            return;
        line.Write(' ');
        line.Write(LogText.Escape(entry.Formatter(entry.State, null)));
    }

    private static bool WriteValues(IEnumerable<KeyValuePair<string, object?>> values, TextWriter line)
    {
        var any = false;
        foreach (var (name, value) in values)
        {
            if (name == MessageTemplate)
                continue;
            any = true;
            if (value is null)
                continue;
            line.Write(' ');
            line.Write(char.ToLowerInvariant(name[0]));
            line.Write(LogText.Escape(name[1..]));
            line.Write('=');
            line.Write(LogText.Value(Text(value)));
        }

        return any;
    }

    private static string Text(object value) => value switch
    {
        string text => text,
        IEnumerable list => string.Join(", ", list.Cast<object?>().Select(i => Convert.ToString(i, CultureInfo.InvariantCulture))),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static void WriteException(Exception exception, TextWriter lines)
    {
        // Indented line by line: a message with line breaks cannot look like an event.
        foreach (var line in exception.ToString().ReplaceLineEndings("\n").Split('\n'))
        {
            lines.Write("    | ");
            lines.Write(LogText.Escape(line));
            lines.Write('\n');
        }
    }

    private static (string Word, int Color) Level(LogLevel level) => level switch
    {
        LogLevel.Trace => ("trace", 90),
        LogLevel.Debug => ("debug", 90),
        LogLevel.Information => ("info ", 32),
        LogLevel.Warning => ("warn ", 33),
        LogLevel.Error => ("error", 31),
        _ => ("fatal", 35),
    };
}
