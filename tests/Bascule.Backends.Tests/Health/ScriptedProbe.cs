using System.Collections.Concurrent;
using Bascule.Settings;

namespace Bascule.Backends.Tests;

/// <summary>A probe that sees what the test says, and counts what it is asked.</summary>
internal sealed class ScriptedProbe : INodeProbe
{
    private readonly ConcurrentDictionary<string, Func<CancellationToken, Task<string?>>> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _checks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _running = new(StringComparer.Ordinal);

    /// <summary>Two checks of one node ran at once.</summary>
    internal bool Overlapped { get; private set; }

    internal int Checks(Node node) => _checks.GetValueOrDefault(node.Name);

    internal int Running(Node node) => _running.GetValueOrDefault(node.Name);

    internal void Says(Node node, string? seen) => _answers[node.Name] = _ => Task.FromResult(seen);

    internal void Does(Node node, Func<CancellationToken, Task<string?>> answer) => _answers[node.Name] = answer;

    public async Task<string?> CheckAsync(Node node, HealthSettings settings, CancellationToken cancellation)
    {
        Overlapped |= _running.AddOrUpdate(node.Name, 1, (_, running) => running + 1) > 1;
        try
        {
            return _answers.TryGetValue(node.Name, out var answer) ? await answer(cancellation) : null;
        }
        finally
        {
            _running.AddOrUpdate(node.Name, 0, (_, running) => running - 1);
            _checks.AddOrUpdate(node.Name, 1, (_, checks) => checks + 1);
        }
    }
}
