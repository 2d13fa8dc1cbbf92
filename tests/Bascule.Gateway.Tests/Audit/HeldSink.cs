using System.Collections.Concurrent;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>A store that takes entries only when the test lets it, or breaks.</summary>
internal sealed class HeldSink : IAuditSink, IDisposable
{
    private readonly SemaphoreSlim _open = new(0);
    private readonly SemaphoreSlim _asked = new(0);

    internal ConcurrentQueue<AuditEntry> Kept { get; } = new();

    internal Exception? Fault { get; set; }

    internal void Let(int batches) => _open.Release(batches);

    /// <summary>Waits until the writer stands before it.</summary>
    internal Task AskedAsync() => _asked.WaitAsync().Soon();

    public async Task AppendAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        _asked.Release();
        await _open.WaitAsync(cancellationToken);
        if (Fault is { } fault)
            throw fault;
        foreach (var entry in entries)
            Kept.Enqueue(entry);
    }

    public Task<AuditPage> ReadAsync(AuditFilter filter, int max, CancellationToken cancellationToken) =>
        Task.FromResult(new AuditPage([.. Kept.Reverse().Where(filter.Fits).Take(max).Select(AuditJson.Line)], Whole: true));

    public void Dispose()
    {
        _open.Dispose();
        _asked.Dispose();
    }
}
