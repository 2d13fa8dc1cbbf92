using System.Globalization;
using System.Text.Json;
using Bascule.Hub;
using Bascule.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>One hub process that a gateway started: reads the sources by itself, gets clients over the line, answers <c>GET /health</c> and <c>GET /metrics</c>.</summary>
public sealed class ShardHost : IAsyncDisposable
{
    private static readonly TimeSpan StatusPeriod = TimeSpan.FromSeconds(1);

    /// <summary>For clients to answer their close frames when the shard ends.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly string _file;
    private readonly ShardStart _start;
    private readonly HubSources _sources;
    private readonly TopicHub _topics;
    private readonly HubServing _serving;
    private readonly ShardServer _server;
    private readonly HandoverListener _listener;
    private readonly WebApplication _health;
    private readonly ProcessReading _process;
    private readonly TimeProvider _time;
    private readonly ITimer _telling;
    private readonly ShardMetrics _metrics;
    private bool _isOrphan;

    private ShardHost(string file, string token, ILoggerFactory logs, TimeProvider time)
    {
        _file = file;
        var start = _start = ShardFolder.Read(file);
        _time = time;
        _process = new ProcessReading(time);
        _sources = new HubSources(start.Hub, logs, time);
        _topics = new TopicHub(start.Hub, time, FrameEncoders.For, _sources);
        // Of all processes of the machine each shard has its part of the cores.
        _serving = new HubServing(_topics, start.Hub, Math.Max(1, Environment.ProcessorCount / Math.Max(1, start.Hub.Shards)), time);
        _server = new ShardServer(_topics, _serving, new ResumeTokens(start.ResumeKey, time), start.Hub.SlotsPerShard, time, logs.CreateLogger<ShardServer>()) { Status = Status };
        _metrics = new ShardMetrics(start.Number, start.Hub.SlotsPerShard, Status);
        _health = MakeHealth(logs);
        _sources.Start(_topics, publishes: false);
        _listener = HandoverListener.Open(ShardFolder.SocketBeside(file), new HandoverTerms(token), _server, logs.CreateLogger<HandoverListener>(), time);
        _telling = time.CreateTimer(static host => ((ShardHost)host!)._server.TellStatus(), this, StatusPeriod, StatusPeriod);
    }

    /// <param name="file">What the gateway wrote for this shard.</param>
    /// <param name="token">What opens its line, from the environment.</param>
    /// <exception cref="IOException">The socket or the port cannot be had.</exception>
    /// <exception cref="JsonException">The file is not one of a gateway.</exception>
    public static async Task<ShardHost> StartAsync(string file, string token, ILoggerFactory logs, TimeProvider time, CancellationToken cancellation)
    {
        var host = new ShardHost(file, token, logs, time);
        try
        {
            await host._health.StartAsync(cancellation);
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }

        logs.CreateLogger<ShardHost>().ShardAnswers(host._health.Urls.First());
        return host;
    }

    /// <summary>The name in the environment that <see cref="StartAsync"/> takes its token from.</summary>
    public static string TokenName => ShardFolder.TokenName;

    /// <summary>Tells every client, then ends.</summary>
    /// <param name="isOrphan">The gateway is gone without a word: what it wrote for this shard is cleared away, too.</param>
    public async Task StopAsync(bool isOrphan)
    {
        _isOrphan = isOrphan;
        _server.EndAll(new Ending(EndReasons.Draining, isOrphan ? "the gateway is gone" : "the shard stops"));
        using var deadline = new CancellationTokenSource(Farewell, _time);
        while (_server.Connections > 0 && !deadline.IsCancellationRequested)
            await Task.Delay(TimeSpan.FromMilliseconds(20), _time, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _telling.DisposeAsync();
        await _health.DisposeAsync();
        _metrics.Dispose();
        await _listener.DisposeAsync();
        await _serving.DisposeAsync();
        await _sources.DisposeAsync();
        await _topics.DisposeAsync();
        if (_isOrphan)
            ShardFolder.Leave(_file);
    }

    private ShardStatus Status()
    {
        var figures = _topics.Figures;
        var counts = _serving.Counts;
        return new ShardStatus(
            _time.GetUtcNow(), _server.Connections, _process.CpuPercentage(), Environment.WorkingSet, figures.Subscriptions, figures.Topics, figures.MessagesIn, counts.MessagesOut, counts.BytesOut,
            figures.HistoryBytes, figures.Gaps.Values.Sum(), HubReadings.ResumesOf(figures), _serving.Fanout,
            [.. figures.Sources.Select(s => new ShardSource(s.Name, s.IsConnected, s.IsCaughtUp, s.Lag, s.Since, s.Trouble))]);
    }

    private WebApplication MakeHealth(ILoggerFactory logs)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddSingleton<ILoggerFactory>(new FrameworkLogs(logs));
        builder.Services.AddSingleton<IHostLifetime, GatewayHost.NoLifetime>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(System.Net.IPAddress.Loopback, _start.Port);
        });
        var app = builder.Build();
        app.Run(AnswerAsync);
        return app;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        switch (context.Request.Path.Value)
        {
            case "/health":
                await TellHealthAsync(context);
                break;
            case "/metrics":
                context.Response.ContentType = PrometheusExporter.ContentType;
                await context.Response.WriteAsync(await _metrics.ScrapeAsync(context.RequestAborted), context.RequestAborted);
                break;
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                await context.Response.WriteAsync("A shard answers GET /health and GET /metrics only; clients connect to its gateway.\n", context.RequestAborted);
                break;
        }
    }

    private async Task TellHealthAsync(HttpContext context)
    {
        var (used, slots) = (_server.Connections, _start.Hub.SlotsPerShard);
        var document = new HealthDocument(
            used >= slots ? "degraded" : "healthy", "available", BuildVersion.Of(typeof(ShardHost).Assembly), _process.UptimeSeconds,
            new HealthChecks(new CapacityCheck(used, slots, used < slots), new CpuCheck(_process.CpuPercentage()), ProcessReading.Memory()),
            [new ShardHealth(_start.Number - 1, used, slots, slots - used, Math.Round(100.0 * used / slots, 2))]);
        context.Response.ContentType = "application/json; charset=utf-8";
        await context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(document, ReadableJson.Endpoints.HealthDocument), context.RequestAborted);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"shard {_start.Number}");
}
