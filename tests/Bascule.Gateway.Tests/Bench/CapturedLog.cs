using Bascule.Testing;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway.Tests;

/// <summary>One line of the log.</summary>
internal sealed record LogEntry(string Event, LogLevel Level, string Text, IReadOnlyDictionary<string, object?> Fields)
{
    internal string? Field(string name) => Fields.GetValueOrDefault(name)?.ToString();
}

/// <summary>Keeps everything that a gateway logs, and tells when something was.</summary>
internal sealed class CapturedLog : ILoggerProvider
{
    private readonly Lock _gate = new();
    private readonly List<LogEntry> _entries = [];
    private readonly List<(Func<LogEntry, bool> Wanted, TaskCompletionSource<LogEntry> Seen)> _waiting = [];

    internal IReadOnlyList<LogEntry> All
    {
        get
        {
            lock (_gate)
                return [.. _entries];
        }
    }

    /// <summary>The lines that say how an attempt ended.</summary>
    internal IReadOnlyList<LogEntry> EndsOf(string attempt) => [.. All.Where(e => IsEndOf(e, attempt))];

    /// <summary>The line that says how an attempt ended, as soon as it is there.</summary>
    internal Task<LogEntry> EndOfAsync(string attempt) => SeenAsync(e => IsEndOf(e, attempt));

    internal Task<LogEntry> SeenAsync(Func<LogEntry, bool> wanted)
    {
        lock (_gate)
        {
            if (_entries.Find(e => wanted(e)) is { } there)
                return Task.FromResult(there);
            var seen = new TaskCompletionSource<LogEntry>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((wanted, seen));
            return seen.Task.Soon();
        }
    }

    public ILogger CreateLogger(string categoryName) => new Channel(this);

    public void Dispose()
    {
    }

    private static bool IsEndOf(LogEntry entry, string attempt) => entry.Event is "AttemptRefused" or "ConnectionEnded" && entry.Field("Attempt") == attempt;

    private void Add(LogEntry entry)
    {
        lock (_gate)
        {
            _entries.Add(entry);
            foreach (var (wanted, seen) in _waiting)
            {
                if (wanted(entry))
                    seen.TrySetResult(entry);
            }
        }
    }

    private sealed class Channel(CapturedLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var fields = new Dictionary<string, object?>(StringComparer.Ordinal);
            foreach (var (name, value) in state as IReadOnlyList<KeyValuePair<string, object?>> ?? [])
                fields[name] = value;
            log.Add(new LogEntry(eventId.Name ?? "", logLevel, $"{formatter(state, exception)} {exception}", fields));
        }
    }
}
