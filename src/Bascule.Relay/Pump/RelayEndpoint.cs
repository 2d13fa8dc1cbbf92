using System.Net.Sockets;

namespace Bascule.Relay;

/// <summary>A stream on which WebSocket frames flow, after the handshake.</summary>
/// <param name="Stream">Duplex; a zero-byte read waits for data.</param>
/// <param name="Abort">Cuts it at once: pending reads and writes fail.</param>
/// <param name="Socket">The socket under it when it is ours to shut down, else null.</param>
/// <param name="Early">Bytes that came with the handshake's answer and belong to the first frames.</param>
public sealed record RelayEndpoint(Stream Stream, Action Abort, Socket? Socket = null, ReadOnlyMemory<byte> Early = default)
{
    /// <summary>The stream is ours to end although no socket is, as one of many in an HTTP/2 connection: its end is awaited, then <see cref="Abort"/> lets go of it.</summary>
    public bool IsOurs { get; init; } = Socket is not null;
}

/// <summary>What one direction carried: messages are counted at their first frame, bytes with frame headers.</summary>
public record struct DirectionCounts
{
    public long Texts { get; set; }

    public long Binaries { get; set; }

    public long Pings { get; set; }

    public long Pongs { get; set; }

    public long Closes { get; set; }

    public long Bytes { get; set; }

    public static DirectionCounts operator -(in DirectionCounts a, in DirectionCounts b) => new()
    {
        Texts = a.Texts - b.Texts,
        Binaries = a.Binaries - b.Binaries,
        Pings = a.Pings - b.Pings,
        Pongs = a.Pongs - b.Pongs,
        Closes = a.Closes - b.Closes,
        Bytes = a.Bytes - b.Bytes,
    };
}
