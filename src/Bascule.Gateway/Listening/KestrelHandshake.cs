using System.Net;
using Bascule.Model;
using Bascule.Relay;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Bascule.Gateway;

/// <summary>A client that Kestrel took: HTTP/1.1 Upgrade or HTTP/2 extended CONNECT, with or without TLS.</summary>
internal sealed class KestrelHandshake(HttpContext context, RequestHead head, bool http2WebSockets) : IClientHandshake
{
    public RequestHead Head => head;

    public IPEndPoint? Remote => context.Connection.RemoteIpAddress is { } address ? new IPEndPoint(address, context.Connection.RemotePort) : null;

    public bool Http2WebSockets => http2WebSockets;

    public CancellationToken Gone => context.RequestAborted;

    public async Task<RelayEndpoint> AcceptAsync(HeaderList headers)
    {
        Write(headers);
        if (head.Kind == HttpKind.Http2)
        {
            // The fields of the HTTP/1.1 handshake mean nothing here (RFC 8441 §5).
            context.Response.StatusCode = StatusCodes.Status200OK;
            var stream = await context.Features.GetRequiredFeature<IHttpExtendedConnectFeature>().AcceptAsync();
            return new RelayEndpoint(stream, context.Abort);
        }

        context.Response.StatusCode = StatusCodes.Status101SwitchingProtocols;
        var upgraded = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        return new RelayEndpoint(upgraded, context.Abort);
    }

    public BareClient? Bare(HeaderList headers) => null;

    public async Task RefuseAsync(int status, HeaderList headers, ReadOnlyMemory<byte> body)
    {
        context.Response.StatusCode = status;
        Write(headers);
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
        await context.Response.CompleteAsync();
    }

    private void Write(HeaderList headers)
    {
        foreach (var field in headers)
            context.Response.Headers.Append(field.Key, field.Value);
    }
}
