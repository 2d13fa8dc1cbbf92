using Bascule.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Bascule.Gateway.Tests;

/// <summary>The log as an operator sees it: through the real formatters, as lines and as JSON.</summary>
internal sealed class FormattedLog : ILoggerProvider
{
    private readonly ServiceProvider _services;
    private readonly Lock _gate = new();
    private readonly Dictionary<ConsoleFormatter, StringWriter> _texts;

    internal FormattedLog()
    {
        _services = new ServiceCollection().AddSingleton<TimeProvider>(new ManualTime()).AddLogging(l => l.AddLineConsole().AddJsonLineConsole()).BuildServiceProvider();
        _texts = _services.GetServices<ConsoleFormatter>().ToDictionary(f => f, _ => new StringWriter());
    }

    /// <param name="formatter"><c>bascule</c> or <c>json</c>.</param>
    internal string Text(string formatter)
    {
        lock (_gate)
            return _texts.Single(t => t.Key.Name == formatter).Value.ToString();
    }

    public ILogger CreateLogger(string categoryName) => new Channel(this, categoryName);

    public void Dispose() => _services.Dispose();

    private void Write<TState>(in LogEntry<TState> entry)
    {
        lock (_gate)
        {
            foreach (var (formatter, text) in _texts)
                formatter.Write(entry, null, text);
        }
    }

    private sealed class Channel(FormattedLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        // As `serve` filters, at every level that can be asked for: ASP.NET's own lines quote the whole request.
        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning || !category.StartsWith("Microsoft", StringComparison.Ordinal);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                log.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter));
        }
    }
}
