using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Bascule.Relay.Tests;

/// <summary>What a test wants of its <see cref="Front"/> besides the node.</summary>
internal sealed record FrontOptions
{
    public ForwardLimits Limits { get; init; } = new();

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public bool InsecureTls { get; init; }

    public Func<HttpContext, string> Path { get; init; } = context => context.Request.Path + context.Request.QueryString;

    public IReadOnlyList<KeyValuePair<string, string>> Added { get; init; } = [];

    public IReadOnlyCollection<string> Removed { get; init; } = [];

    public HttpProtocols Protocols { get; init; } = HttpProtocols.Http1;

    public CancellationToken Stop { get; init; }
}

/// <summary>How one request ended, as the caller of the forwarder saw it.</summary>
internal sealed record Outcome(ForwardResult Result, Exception? Failure, bool HasResponseDataRate)
{
    public string? Label => Result.Ending?.Reason.Label;
}

/// <summary>A server that forwards all it gets, and answers the endings that it may still answer: status and label of the reason.</summary>
internal sealed class Front : IAsyncDisposable
{
    private readonly HttpForwarder _forwarder;
    private readonly LoopbackServer _server;
    private readonly ChannelReader<Outcome> _outcomes;

    private Front(HttpForwarder forwarder, LoopbackServer server, ChannelReader<Outcome> outcomes, HttpProtocols protocols)
    {
        _forwarder = forwarder;
        _server = server;
        _outcomes = outcomes;
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false })
        {
            BaseAddress = server.Url,
            DefaultRequestVersion = protocols == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    public HttpClient Client { get; }

    public int Port => _server.Url.Port;

    public static async Task<Front> StartAsync(Uri node, FrontOptions? options = null)
    {
        options ??= new FrontOptions();
        var outcomes = Channel.CreateUnbounded<Outcome>();
        var forwarder = new HttpForwarder(options.Limits, options.Time);
        var server = await LoopbackServer.StartAsync(
            async context =>
            {
                try
                {
                    var target = new ForwardTarget(node, options.InsecureTls, options.Path(context), options.Added, options.Removed);
                    var result = await forwarder.ForwardAsync(context, target, options.Stop);
                    outcomes.Writer.TryWrite(new Outcome(result, null, HasResponseDataRate(context)));
                    if (result.Ending is not { } ending || context.Response.HasStarted)
                        return;
                    context.Response.StatusCode = ending.Reason.Status;
                    await context.Response.WriteAsync(ending.Reason.Label);
                }
                catch (Exception failure)
                {
                    outcomes.Writer.TryWrite(new Outcome(default, failure, false));
                    throw;
                }
            },
            listener => listener.Protocols = options.Protocols,
            server => server.Limits.MaxRequestBodySize = 1024);
        return new Front(forwarder, server, outcomes.Reader, options.Protocols);
    }

    public async Task<Outcome> NextOutcomeAsync() => await _outcomes.ReadAsync();

    public Task<RawConnection> ConnectAsync() => RawConnection.OpenAsync(Port);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
        _forwarder.Dispose();
    }

    private static bool HasResponseDataRate(HttpContext context) => context.Features.Get<IHttpMinResponseDataRateFeature>()?.MinDataRate is not null;
}
