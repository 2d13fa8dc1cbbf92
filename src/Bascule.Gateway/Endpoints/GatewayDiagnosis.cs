using Bascule.Backends;
using Bascule.Diagnostics;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>Looks at the machine, the configuration and every configured node. One look at a time, and its result is given out for some seconds: whoever asks often gets the same.</summary>
internal sealed class GatewayDiagnosis(PoolTable pools, LiveConfiguration configuration, ConfigReload reload, TimeProvider time) : IDisposable
{
    private const int MostNodes = 50;
    private const int AtOnce = 4;

    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    /// <summary>For each single wait; a node that needs longer is ill.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>For one node as a whole.</summary>
    private static readonly TimeSpan LongestProbe = TimeSpan.FromSeconds(10);

    /// <summary>Steps that say whether a node can be reached: all that counts where no path is known.</summary>
    private static readonly string[] Reach = ["url", "dns", "tcp", "tls"];

    private readonly SemaphoreSlim _one = new(1);
    private DiagnosisDocument? _last;
    private long _lastAt;

    public void Dispose() => _one.Dispose();

    internal async Task<DiagnosisDocument> TakeAsync(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            if (_last is null || time.GetElapsedTime(_lastAt) >= Fresh)
                (_last, _lastAt) = (await LookAsync(cancellation), time.GetTimestamp());
            return _last;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Probes one URL, which must be on a configured node.</summary>
    /// <exception cref="AdminRefusal">It is not, or another look is under way.</exception>
    internal async Task<NodeProbeDocument> ProbeAsync(string url, CancellationToken cancellation)
    {
        var (pool, node, target) = TargetOf(url);
        if (!await _one.WaitAsync(TimeSpan.Zero, cancellation))
            throw new AdminRefusal(429, "Busy", "Another probe is under way. Ask again in some seconds.");
        try
        {
            var report = await RunAsync(target, cancellation);
            return Document(pool, node, report, note: null);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<DiagnosisDocument> LookAsync(CancellationToken cancellation)
    {
        var settings = configuration.Current.Settings;
        var nodes = Configured().ToList();
        var host = new HostCheck(new HostCheckOptions { BackEnds = Math.Max(1, nodes.Count), Ask = new SystemPrograms(time).AskAsync });
        // Files are read without waiting, and this thread may be one that waits for sockets.
        var machine = Task.Run(() => host.RunAsync(cancellation), cancellation);
        var files = Task.Run(() => reload.Look() is { } result ? ConfigurationCheck.Of(result) : new CheckReport(ConfigurationCheck.Name, []), cancellation);
        using var gate = new SemaphoreSlim(AtOnce);
        var probes = await Task.WhenAll(nodes.Take(MostNodes).Select(n => ProbeNodeAsync(n.Pool, n.Node, gate, cancellation)));
        CheckReport[] checks = [await files, await machine];
        var diagnosis = new Diagnosis([.. probes.Select(p => p.Report)], null, checks);
        FindingEntry[] findings = [.. diagnosis.Findings.Select(FindingEntry.Of)];
        return new DiagnosisDocument(
            time.GetUtcNow(), diagnosis.IsGood, findings.FirstOrDefault(), findings, [.. checks.Select(CheckEntry.Of)], [.. probes.Select(p => p.Document)], Math.Max(0, nodes.Count - MostNodes));

        IEnumerable<(Pool Pool, Node Node)> Configured() => pools.All.Where(p => settings.Pools.ContainsKey(p.Name)).SelectMany(p => p.Nodes.Select(n => (p, n)));
    }

    private async Task<(ProbeReport Report, NodeProbeDocument Document)> ProbeNodeAsync(Pool pool, Node node, SemaphoreSlim gate, CancellationToken cancellation)
    {
        await gate.WaitAsync(cancellation);
        try
        {
            var path = PathOf(pool);
            var report = await RunAsync(new ProbeTarget(new Uri(node.Url, path ?? "/")) { AnyCertificate = node.InsecureTls }, cancellation, node);
            report = report with { Verdicts = [.. Weighed(report, path is not null).Select(v => v with { Headline = $"Pool {pool.Name}, node {node.Name}: {v.Headline}" })] };
            return (report, Document(pool, node, report, path is null ? "no route of this pool has a path without parameters, so only what leads to the node is judged" : null));
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Nobody said whether a pool carries WebSockets, plain HTTP or both, or whether a node lets a stranger in: an answer that is no 101 is a note, unless the node itself says that it fails.</summary>
    private static IEnumerable<Verdict> Weighed(ProbeReport report, bool hasPath)
    {
        var ofReach = report.Steps.Where(s => Reach.Contains(s.Id)).Select(s => s.Verdict).OfType<Verdict>().ToList();
        return report.Verdicts.Where(v => hasPath || ofReach.Contains(v))
            .Select(v => report.Facts.IsWebSocket || v.RuleId == "PROBE-5XX" || ofReach.Contains(v) ? v : v with { Severity = Severity.Info }).OrderBy(v => v.Severity);
    }

    private async Task<ProbeReport> RunAsync(ProbeTarget target, CancellationToken cancellation, Node? node = null)
    {
        using var deadline = new CancellationTokenSource(LongestProbe, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        var options = new ProbeOptions(new PeerClock(time, Patience)) { IsQuiet = true };
        // A node that discovery found is that address, whatever the name says by now.
        if (node?.Address is { } address)
            options = options with { Resolve = (_, _) => Task.FromResult<System.Net.IPAddress[]>([address]) };
        var report = await new ProbeRun(target, options).RunAsync(null, either.Token);
        cancellation.ThrowIfCancellationRequested();
        return report;
    }

    /// <summary>A path on which clients of this pool ask for WebSockets.</summary>
    private string? PathOf(Pool pool) =>
        pool.Settings.Health is { Check: HealthCheck.WebSocket } health ? health.Path
        : configuration.Current.Routes.All.Select(r => r.Settings).FirstOrDefault(r => r.Pool == pool.Name && r.StripPrefix is null && r.Path.IndexOfAny(['{', '*']) < 0)?.Path;

    private (Pool Pool, Node Node, ProbeTarget Target) TargetOf(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("ws" or "wss" or "http" or "https") || url.UserInfo.Length > 0)
            throw new AdminRefusal(400, "Bad parameter", "`url` takes ws://NODE/PATH or wss://NODE/PATH, without user and password.");
        var isSecure = url.Scheme is "wss" or "https";
        var settings = configuration.Current.Settings;
        foreach (var pool in pools.All.Where(p => settings.Pools.ContainsKey(p.Name)))
        {
            var found = pool.Nodes.FirstOrDefault(n => n.Address is null && (n.Url.Scheme == "https") == isSecure && n.Url.Port == url.Port && string.Equals(n.Url.IdnHost, url.IdnHost, StringComparison.OrdinalIgnoreCase));
            if (found is not null)
                return (pool, found, new ProbeTarget(url) { AnyCertificate = found.InsecureTls });
        }

        throw new AdminRefusal(403, "Not a node", "Only nodes of the configured pools are probed: GET /api/pools lists them. For anything else run `bascule probe` where you are.");
    }

    private static NodeProbeDocument Document(Pool pool, Node node, ProbeReport report, string? note)
    {
        note ??= report.WasInterrupted ? $"ended after {LongestProbe.TotalSeconds:0} s" : null;
        FindingEntry[] findings = [.. new Diagnosis([report], null, []).Findings.Select(FindingEntry.Of)];
        return new NodeProbeDocument(pool.Name, node.Name, report.Url, report.IsGood, report.Facts.IsWebSocket, note, findings, StepEntry.Of(report.Steps), Math.Round(report.Duration.TotalSeconds, 3));
    }
}
