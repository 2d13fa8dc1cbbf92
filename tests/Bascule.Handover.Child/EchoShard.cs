using System.Buffers.Binary;
using System.Net.Sockets;
using Bascule.Gateway;
using Bascule.Testing;

namespace Bascule.Handover.Child;

/// <summary>What the frames of these tests mean.</summary>
public static class Kinds
{
    /// <summary>With a socket: its number (8 bytes), then what its client is sent first.</summary>
    public const byte Take = 1;

    /// <summary>The number of a socket that was taken.</summary>
    public const byte Taken = 2;

    /// <summary>The number of a socket that was not.</summary>
    public const byte Refused = 3;

    /// <summary>Asks for the descriptors of the shard, and is answered with their count (4 bytes).</summary>
    public const byte Count = 4;
}

/// <summary>Takes sockets, sends their first bytes, and then sends back whatever their clients send.</summary>
/// <param name="serve">Who serves what is taken, with what its client is sent first; null: .NET's threads.</param>
public sealed class EchoShard(Action<Socket, byte[]>? serve = null) : IHandoverReceiver
{
    private readonly Action<Socket, byte[]> _serve = serve ?? ((socket, first) => _ = EchoAsync(socket, first));

    public void Opened(HandoverLink link)
    {
    }

    public void Received(HandoverLink link, HandoverFrame frame)
    {
        ArgumentNullException.ThrowIfNull(link);
        if (frame.Kind == Kinds.Count)
        {
            var count = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(count, OpenDescriptors.Of(Environment.ProcessId));
            link.Send(Kinds.Count, count);
            return;
        }

        var number = frame.Payload.Span[..8];
        if (frame.Descriptor is not { } descriptor)
        {
            link.Send(Kinds.Refused, number);
            return;
        }

        var socket = new Socket(descriptor);
        link.Send(Kinds.Taken, number);
        _serve(socket, frame.Payload[8..].ToArray());
    }

    public void Closed(HandoverLink link, string reason)
    {
    }

    private static async Task EchoAsync(Socket socket, byte[] first)
    {
        using (socket)
        {
            try
            {
                if (first.Length > 0)
                    await socket.SendAsync(first);
                var buffer = new byte[256];
                while (await socket.ReceiveAsync(buffer) is > 0 and var count)
                    await socket.SendAsync(buffer.AsMemory(0, count));
            }
            catch (SocketException)
            {
                // The client left.
            }
        }
    }
}
