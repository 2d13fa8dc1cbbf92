using System.Text.Json;
using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway.Tests;

/// <summary>An audit log in a folder of its own, with the clock in the hand of the test.</summary>
internal sealed class AuditBench : IAsyncDisposable
{
    private readonly MetricsBench _metrics = new();
    private readonly CapturedLog _log = new();
    private readonly ILoggerFactory _logs;

    internal AuditBench()
    {
        _logs = LoggerFactory.Create(builder => builder.AddProvider(_log));
        Folder = Directory.CreateTempSubdirectory("bascule-audit-").FullName;
    }

    internal ManualTime Time { get; } = new();

    internal string Folder { get; }

    internal AuditSettings Settings { get; set; } = new();

    internal string Path => System.IO.Path.Combine(Folder, Settings.File);

    internal CapturedLog Log => _log;

    /// <summary>None while the old file has gone and the new one is not there yet.</summary>
    internal string[] Lines
    {
        get
        {
            try
            {
                return File.ReadAllLines(Path);
            }
            catch (FileNotFoundException)
            {
                return [];
            }
        }
    }

    internal AuditLog Open(IAuditSink? database = null) => new(Settings, Folder, database, _metrics.Metrics, _logs.CreateLogger<AuditLog>(), Time);

    internal async Task<double> DroppedAsync(string place) =>
        double.Parse((await _metrics.SamplesAsync($"bascule_audit_dropped_total{{place=\"{place}\"}}")).Single().Split(' ')[1]);

    /// <summary>An entry that a test finds again by its number.</summary>
    internal AuditEntry Entry(int number, string kind = AuditKinds.ConfigReloaded) => new() { Time = Time.GetUtcNow(), Kind = kind, Route = "game", Detail = $"number {number}" };

    internal static string? Text(string line, string name) =>
        JsonDocument.Parse(line).RootElement.TryGetProperty(name, out var value) ? value.ToString() : null;

    internal static AttemptId Id(ulong number) => new(1, number);

    public async ValueTask DisposeAsync()
    {
        _metrics.Dispose();
        _logs.Dispose();
        Directory.Delete(Folder, recursive: true);
        await ValueTask.CompletedTask;
    }
}
