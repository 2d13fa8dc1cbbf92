using System.Net.Sockets;
using Bascule.Sessions;
using Bascule.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>The whole gateway: public and admin listeners over one set of rooms.</summary>
public sealed class GatewayHost : IAsyncDisposable
{
    /// <summary>How long a connection may be quiet before and between requests: nginx's default of 75 s, so that the other side closes first.</summary>
    internal static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(75);

    /// <summary>For Kestrel to hang up: idle connections take no time, refusals at the deadline are still written, the rest is cut.</summary>
    private static readonly TimeSpan HangUp = TimeSpan.FromSeconds(1);

    private readonly GatewayRooms _rooms;
    private readonly WebApplication _public;
    private readonly WebApplication? _admin;
    private readonly TimeProvider _time;

    private GatewayHost(GatewayRooms rooms, WebApplication publicApp, WebApplication? admin, TimeProvider time)
    {
        _rooms = rooms;
        _public = publicApp;
        _admin = admin;
        _time = time;
    }

    /// <summary>Addresses for clients, with the ports that were really taken.</summary>
    public IReadOnlyList<string> PublicUrls => UrlsOf(_public);

    /// <summary>The address for operators, or null when it is off.</summary>
    public string? AdminUrl => _admin is null ? null : UrlsOf(_admin)[0];

    public GatewayRooms Rooms => _rooms;

    /// <summary>Opens all listeners, or none.</summary>
    /// <exception cref="IOException">An address is taken, or a certificate cannot be used.</exception>
    public static Task<GatewayHost> StartAsync(BasculeSettings settings, string adminToken, ILoggerFactory logs, TimeProvider time, CancellationToken cancellation) =>
        StartAsync(settings, source: null, adminToken, logs, time, cancellation);

    /// <inheritdoc cref="StartAsync(BasculeSettings, string, ILoggerFactory, TimeProvider, CancellationToken)"/>
    /// <exception cref="PlatformNotSupportedException">Topics are to be served by shards, and sockets cannot be handed over here.</exception>
    /// <param name="source">Where the settings came from, so that they can be read again.</param>
    public static Task<GatewayHost> StartAsync(
        BasculeSettings settings, ConfigSource? source, string adminToken, ILoggerFactory logs, TimeProvider time, CancellationToken cancellation) =>
        StartAsync(settings, source, adminToken, logs, time, sessions: null, cancellation);

    /// <param name="sessions">Where sessions are written down, instead of the storage.</param>
    internal static async Task<GatewayHost> StartAsync(
        BasculeSettings settings, ConfigSource? source, string adminToken, ILoggerFactory logs, TimeProvider time, ISessionStore? sessions, CancellationToken cancellation)
    {
        // Said now, and not to the first client.
        if (settings.Hub.Mode == HubMode.Multi && HubPool.Of(settings) is not null)
            SocketRelease.Prepare();
        var transport = new UpgradeTransport(logs, time);
        var publicApp = Build(settings, logs, kestrel => KestrelListeners.AddPublic(kestrel, settings, logs.CreateLogger<UpgradeListener>(), time), services => services.AddSingleton<IConnectionListenerFactory>(transport));
        var rooms = new GatewayRooms(settings, source, publicApp.Services, logs, time, sessions);
        transport.Taker = new UpgradeTaker(rooms.Path, rooms.Watch, settings.Deadlines.Close, () => rooms.Configuration.Current.Admission.Proxies);
        publicApp.Run(rooms.Entry.HandleAsync);
        WebApplication? admin = null;
        if (settings.Listen.Admin != "off")
        {
            admin = Build(settings, logs, kestrel => KestrelListeners.AddAdmin(kestrel, settings.Listen.Admin), _ => { });
            var tokens = new AdminTokens(adminToken, () => rooms.Configuration.Current.Settings.Listen, source?.WorkingDirectory ?? Environment.CurrentDirectory);
            admin.Run(new AdminEndpoints(rooms, tokens).HandleAsync);
        }

        var host = new GatewayHost(rooms, publicApp, admin, time);
        try
        {
            if (admin is not null)
                await OpenAsync(admin, [settings.Listen.Admin], cancellation);
            await OpenAsync(publicApp, settings.Listen.Public.Select(l => l.Url), cancellation);
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }

        await rooms.StartAsync(cancellation);
        rooms.State.Open();
        rooms.Audit.Write(AuditEntries.Started(time.GetUtcNow(), BuildVersion.Of(typeof(GatewayHost).Assembly)));
        return host;
    }

    /// <summary>Says goodbye to every client at a pace, then closes the listeners.</summary>
    /// <returns>Connections and requests that had to be cut because the deadline came.</returns>
    public async Task<int> StopAsync()
    {
        var cut = await _rooms.Stop.RunAsync();
        using var hangUp = new CancellationTokenSource(HangUp, _time);
        await _public.StopAsync(hangUp.Token);
        if (_admin is not null)
            await _admin.StopAsync(hangUp.Token);
        _rooms.Audit.Write(AuditEntries.Stopped(_time.GetUtcNow(), cut));
        return cut;
    }

    public async ValueTask DisposeAsync()
    {
        await _public.DisposeAsync();
        if (_admin is not null)
            await _admin.DisposeAsync();
        await _rooms.DisposeAsync();
    }

    /// <summary>The system's words for a port that cannot be had do not say which.</summary>
    private static async Task OpenAsync(WebApplication app, IEnumerable<string> addresses, CancellationToken cancellation)
    {
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (SocketException e)
        {
            throw new IOException($"{string.Join(" or ", addresses)}: {e.Message}", e);
        }
    }

    private static WebApplication Build(BasculeSettings settings, ILoggerFactory logs, Action<KestrelServerOptions> listeners, Action<IServiceCollection> more)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.Services.AddSingleton<ILoggerFactory>(new FrameworkLogs(logs));
        // The program handles signals itself: a stop is a procedure here, not an abort.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddMetrics();
        more(builder.Services);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Values pass as the bytes they came in (RFC 9110 §5.5).
            kestrel.RequestHeaderEncodingSelector = static _ => System.Text.Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = static _ => System.Text.Encoding.Latin1;
            kestrel.Limits.RequestHeadersTimeout = settings.Deadlines.Headers;
            kestrel.Limits.KeepAliveTimeout = KeepAlive;
            listeners(kestrel);
        });
        return builder.Build();
    }

    private static List<string> UrlsOf(WebApplication app) => [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];

    /// <summary>The program handles signals itself.</summary>
    internal sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
