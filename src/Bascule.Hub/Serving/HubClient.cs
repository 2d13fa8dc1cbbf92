using System.Net.Sockets;

namespace Bascule.Hub;

/// <summary>A client after its 101.</summary>
/// <param name="Stream">Duplex; a zero-byte read waits for data. Its owner disposes it after the connection has ended.</param>
/// <param name="Abort">Cuts it at once: pending reads and writes fail.</param>
/// <param name="Socket">The socket under it when frames go straight onto it (no TLS, no HTTP/2), else null. It is shut down at the end, and must not block.</param>
/// <param name="Early">Bytes that came with the handshake and belong to the first frames.</param>
public sealed record HubClient(Stream Stream, Action Abort, Socket? Socket = null, ReadOnlyMemory<byte> Early = default);
