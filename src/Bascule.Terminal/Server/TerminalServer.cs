using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Bascule.Terminal;

/// <summary>The HTTP and WebSocket server of a host. It ends all terminals of its table when it ends.</summary>
public sealed class TerminalServer : IAsyncDisposable
{
    // An order: the environment and the arguments, of which Linux takes 2 MiB (execve(2), a quarter of the stack).
    private const int MostOrderBytes = 2 << 20;

    // For viewers to take the last output and the exit, and to answer the close frame.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    // For what is under way: that it is done, to who had a terminal deleted; a last frame to a client that is slow.
    private static readonly TimeSpan LastAnswers = TimeSpan.FromSeconds(3);

    private readonly WebApplication _app;
    private readonly TerminalTable _table;
    private readonly HostEndpoints _endpoints;
    private readonly TimeProvider _time;

    private TerminalServer(WebApplication app, TerminalTable table, HostEndpoints endpoints, TimeProvider time)
    {
        _app = app;
        _table = table;
        _endpoints = endpoints;
        _time = time;
    }

    /// <summary>Where it listens, with the port that the system gave.</summary>
    public Uri Url => new(_app.Urls.First());

    /// <summary>Since anybody asked anything but <c>/health</c>; attached viewers do not count.</summary>
    public TimeSpan SinceAsked => _endpoints.SinceAsked;

    /// <param name="listen">As <c>http://127.0.0.1:0</c>; port 0 is any that is free.</param>
    /// <param name="table">The caller's; disposed after the server.</param>
    /// <exception cref="IOException">The port cannot be had.</exception>
    public static async Task<TerminalServer> StartAsync(string listen, TerminalTable table, ITerminalDoor door, ILoggerFactory logs, TimeProvider time, CancellationToken cancellation)
    {
        var log = logs.CreateLogger<TerminalServer>();
        var endpoints = new HostEndpoints(table, door, log, time);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MostOrderBytes;
            // They count for WebSockets, too: a viewer that does not read would be cut after five seconds. Pings find those who are gone.
            kestrel.Limits.MinResponseDataRate = null;
        });
        var app = builder.Build();
        app.Urls.Add(listen);
        app.UseWebSockets();
        app.Run(endpoints.AnswerAsync);
        try
        {
            await app.StartAsync(cancellation);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        var server = new TerminalServer(app, table, endpoints, time);
        log.HostListens(table.Rules.Host, server.Url.ToString());
        return server;
    }

    /// <summary>Ends all terminals, then lets the viewers take the end, then closes what is left.</summary>
    public async Task StopAsync()
    {
        await _table.StopAllAsync();
        await _table.WhenNobodyAsync(Farewell);
        using var now = new CancellationTokenSource(LastAnswers, _time);
        await _app.StopAsync(now.Token);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>Signals are the command's to answer.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
