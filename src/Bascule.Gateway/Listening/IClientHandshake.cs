using System.Net;
using Bascule.Model;
using Bascule.Relay;

namespace Bascule.Gateway;

/// <summary>A client's own socket.</summary>
/// <param name="Head">The answer that opens the WebSocket, not sent yet.</param>
public sealed record BareClient(System.Net.Sockets.Socket Socket, ReadOnlyMemory<byte> Head);

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

    /// <summary>For who serves the socket itself, here or in another process: the socket, unanswered, and the 101 to be sent on it first. Null over TLS and HTTP/2.</summary>
    /// <remarks>Until the socket is let go it can still be refused here.</remarks>
    BareClient? Bare(HeaderList headers);

    /// <summary>Answers a status with a body; no WebSocket comes of it.</summary>
    Task RefuseAsync(int status, HeaderList headers, ReadOnlyMemory<byte> body);
}
