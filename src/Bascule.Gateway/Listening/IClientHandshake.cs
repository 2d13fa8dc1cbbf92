using System.Net;
using Bascule.Model;
using Bascule.Relay;

namespace Bascule.Gateway;

/// <summary>A client that asks for a WebSocket, whatever listener took it. It is answered exactly once.</summary>
public interface IClientHandshake
{
    RequestHead Head { get; }

    /// <summary>The other end of the TCP connection.</summary>
    IPEndPoint? Remote { get; }

    /// <summary>The listener takes WebSockets over HTTP/2.</summary>
    bool Http2WebSockets { get; }

    /// <summary>Fires when the client goes away.</summary>
    CancellationToken Gone { get; }

    /// <summary>Answers 101, or 200 over HTTP/2; frames flow from here.</summary>
    Task<RelayEndpoint> AcceptAsync(HeaderList headers);

    /// <summary>Answers a status with a body; no WebSocket comes of it.</summary>
    Task RefuseAsync(int status, HeaderList headers, ReadOnlyMemory<byte> body);
}
