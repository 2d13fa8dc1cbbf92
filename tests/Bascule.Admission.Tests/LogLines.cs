using Microsoft.Extensions.Logging;

namespace Bascule.Admission.Tests;

/// <summary>Keeps what was logged.</summary>
internal sealed class LogLines<T> : ILogger<T>
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

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_gate)
            _lines.Add((eventId.Name!, formatter(state, exception)));
    }
}
