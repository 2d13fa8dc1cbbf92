using System.Text;
using Bascule.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Bascule.Gateway.Tests;

/// <summary>A logger that writes through the real formatter into a text.</summary>
internal sealed class LogBench(ManualTime time, string category = "Bascule.Gateway.ConnectionPath", bool colors = false) : ILogger
{
    private readonly LineFormatter _formatter = new(new FixedOptions(new LineFormatterOptions { Colors = colors }), time);
    private readonly StringBuilder _text = new();

    internal string Text => _text.ToString();

    internal string[] Lines => Text.TrimEnd('\n').Split('\n');

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        using var writer = new StringWriter(_text);
        _formatter.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter), null, writer);
    }

    private sealed class FixedOptions(LineFormatterOptions value) : IOptionsMonitor<LineFormatterOptions>
    {
        public LineFormatterOptions CurrentValue => value;

        public LineFormatterOptions Get(string? name) => value;

        public IDisposable? OnChange(Action<LineFormatterOptions, string?> listener) => null;
    }
}
