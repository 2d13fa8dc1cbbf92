using Microsoft.Extensions.Logging;

namespace Bascule.Storage.Tests;

/// <summary>Keeps what was logged.</summary>
internal sealed class LogLines
{
    private readonly Lock _gate = new();
    private readonly List<(string Event, string Text)> _lines = [];

    internal IReadOnlyList<(string Event, string Text)> All
    {
        get
        {
            lock (_gate)
                return _lines.ToArray();
        }
    }

    internal IEnumerable<string> Events => All.Select(line => line.Event);

    internal ILogger<T> For<T>() => new Logger<T>(this);

    private sealed class Logger<T>(LogLines lines) : ILogger<T>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (lines._gate)
                lines._lines.Add((eventId.Name!, formatter(state, exception)));
        }
    }
}
