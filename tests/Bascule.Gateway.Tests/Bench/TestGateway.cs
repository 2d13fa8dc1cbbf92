using System.Text.Json;
using Bascule.Sessions;
using Bascule.Settings;
using Bascule.Testing;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway.Tests;

/// <summary>A whole gateway in the process of the test, on free ports.</summary>
internal sealed class TestGateway : IAsyncDisposable
{
    internal const string AdminToken = "token-of-the-operator";

    private readonly HttpClient _http = new(TestCertificate.Trusting());
    private readonly List<Wire> _wires = [];
    private readonly ILoggerFactory _logs;

    private TestGateway(GatewayHost host, CapturedLog log, ILoggerFactory logs, TimeProvider time)
    {
        (Host, Log, _logs, Clock) = (host, log, logs, time);
        Url = new Uri(host.PublicUrls[0]);
        AdminUrl = new Uri(host.AdminUrl!);
    }

    internal GatewayHost Host { get; }

    internal GatewayRooms Rooms => Host.Rooms;

    internal CapturedLog Log { get; }

    internal TimeProvider Clock { get; }

    /// <summary>The clock, where the test gave one that it moves.</summary>
    internal ManualTime Time => (ManualTime)Clock;

    internal Uri Url { get; }

    internal Uri AdminUrl { get; }

    internal int SlotsInUse => Rooms.Pools.All.Sum(p => p.SlotsInUse);

    internal int Waiting => Rooms.Pools.All.Sum(p => p.Waiting);

    /// <summary>With <paramref name="time"/> null, on a clock that only the test moves.</summary>
    internal static async Task<TestGateway> StartAsync(BasculeSettings settings, TimeProvider? time = null, ILoggerProvider? also = null, ConfigSource? source = null, ISessionStore? sessions = null)
    {
        time ??= new ManualTime();
        var log = new CapturedLog();
        var logs = LoggerFactory.Create(builder => (also is null ? builder : builder.AddProvider(also)).AddProvider(log).SetMinimumLevel(LogLevel.Debug));
        var host = await GatewayHost.StartAsync(settings, source, AdminToken, logs, time, sessions, CancellationToken.None).Soon();
        return new TestGateway(host, log, logs, time);
    }

    /// <summary>Sends a request on a new connection, which lives as long as the gateway at most.</summary>
    internal async Task<Wire> SendAsync(Ask ask)
    {
        var wire = Keep(await Wire.ConnectAsync(Url));
        await wire.SendAsync(ask.ToString());
        return wire;
    }

    /// <summary>Keeps a connection open as long as the gateway.</summary>
    internal Wire Keep(Wire wire)
    {
        _wires.Add(wire);
        return wire;
    }

    /// <summary>Sends a request and reads its answer.</summary>
    internal async Task<WireAnswer> AnswerAsync(Ask ask) => await (await SendAsync(ask)).ReadAnswerAsync();

    /// <summary>A WebSocket through the gateway to this back end, whose end comes second.</summary>
    internal async Task<(Wire Client, Wire Backend)> JoinAsync(RawBackend backend, Ask? ask = null, string? subprotocol = null)
    {
        var before = Rooms.Sweep.Count;
        var client = await SendAsync(ask ?? new Ask("/ws"));
        var other = Keep(await backend.UpgradeAsync(subprotocol));
        Assert.Equal(101, (await client.ReadAnswerAsync()).Status);
        // Open for the client is not open for the gateway yet.
        await Eventually.HoldsAsync(() => Rooms.Sweep.Count > before);
        return (client, other);
    }

    internal async Task<(HttpResponseMessage Answer, string Body)> GetAsync(string pathAndQuery, params string[] fields) => await GetAsync(Url, pathAndQuery, fields);

    /// <summary>As the operator.</summary>
    internal async Task<string> AdminAsync(string path)
    {
        var (answer, body) = await GetAsync(AdminUrl, path, $"Authorization: Bearer {AdminToken}");
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {body} {string.Join('\n', Log.All.Where(e => e.Level >= LogLevel.Error).Select(e => e.Text))}");
        return body;
    }

    /// <summary>An order of the operator, which must be good.</summary>
    internal async Task<string> OrderAsync(string pathAndQuery)
    {
        var (answer, body) = await SendAsync(HttpMethod.Post, AdminUrl, pathAndQuery, $"Authorization: Bearer {AdminToken}");
        Assert.True(answer.IsSuccessStatusCode, $"{pathAndQuery}: {(int)answer.StatusCode} {body}");
        return body;
    }

    internal Task<(HttpResponseMessage Answer, string Body)> GetAsync(Uri listener, string pathAndQuery, params string[] fields) =>
        SendAsync(HttpMethod.Get, listener, pathAndQuery, fields);

    internal async Task<(HttpResponseMessage Answer, string Body)> SendAsync(HttpMethod method, Uri listener, string pathAndQuery, params string[] fields)
    {
        using var request = new HttpRequestMessage(method, new Uri(listener, pathAndQuery));
        foreach (var field in fields)
            request.Headers.TryAddWithoutValidation(field.Split(':')[0], field[(field.IndexOf(':') + 1)..].Trim());
        var answer = await _http.SendAsync(request).Soon();
        return (answer, await answer.Content.ReadAsStringAsync().Soon());
    }

    /// <summary>What whoever knows the attempt id is told.</summary>
    internal async Task<ExplainDocument> ExplainAsync(string attempt) => Read((await GetAsync($"/_bascule/explain/{attempt}")).Body);

    /// <summary>What an operator is told.</summary>
    internal async Task<ExplainDocument> ExplainFullyAsync(string attempt) => Read(await AdminAsync($"/api/attempts/{attempt}"));

    /// <summary>The sum of all samples of a metric whose labels have these texts in them.</summary>
    internal async Task<double> MetricAsync(string name, params string[] labels)
    {
        var lines = (await AdminAsync("/metrics")).Split('\n');
        return lines.Where(l => l.StartsWith(name + "{", StringComparison.Ordinal) && labels.All(l.Contains)).Sum(l => double.Parse(l[(l.LastIndexOf(' ') + 1)..]));
    }

    /// <summary>Nothing is left of any connection: no slot, no watch, no attempt without an ending.</summary>
    internal async Task NothingIsLeftAsync()
    {
        await Eventually.HoldsAsync(() => Rooms.Journal.OpenCount == 0);
        Assert.Equal((0, 0, 0), (SlotsInUse, Waiting, Rooms.Sweep.Count));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var wire in _wires)
            wire.Dispose();
        await Host.DisposeAsync();
        _http.Dispose();
        _logs.Dispose();
    }

    private static ExplainDocument Read(string body) => JsonSerializer.Deserialize(body, ExplainJson.Default.ExplainDocument)!;
}
