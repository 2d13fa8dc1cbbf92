using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Bascule.Relay;

/// <summary>Forwards ordinary HTTP requests, server-sent events among them, to back ends over HTTP/1.1. Nothing is buffered whole, in either direction.</summary>
public sealed class HttpForwarder : IDisposable
{
    private readonly ForwardLimits _limits;
    private readonly TimeProvider _time;
    private readonly NodeConnector _connector;
    private readonly IdleConnections _idle;

    public HttpForwarder(ForwardLimits limits, TimeProvider time)
        : this(new NodeConnector(time), limits, time)
    {
    }

    public HttpForwarder(NodeConnector connector, ForwardLimits limits, TimeProvider time)
    {
        _connector = connector;
        _limits = limits;
        _time = time;
        _idle = new IdleConnections(limits.KeepIdle, time);
    }

    /// <summary>Lets header values pass byte for byte. Without it Kestrel reads them as UTF-8 and refuses to send any that is not ASCII.</summary>
    public static void Prepare(KestrelServerOptions options)
    {
        options.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
        options.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
    }

    /// <summary>
    /// Forwards one request and streams the answer. With an ending and <c>Response.HasStarted</c> false nothing went to the client, and the caller answers;
    /// else the response was aborted, so that no client takes half an answer for a whole one.
    /// </summary>
    /// <param name="cancellation">The caller's own reason to stop; one that the client causes comes back as an ending.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was used.</exception>
    /// <exception cref="ArgumentException">The target holds text that cannot stand in a request head.</exception>
    public async Task<ForwardResult> ForwardAsync(HttpContext context, ForwardTarget target, CancellationToken cancellation)
    {
        using var exchange = new ForwardExchange(context, target, _limits, _time, cancellation);
        return await exchange.RunAsync(_idle, _connector);
    }

    public void Dispose() => _idle.Dispose();
}
