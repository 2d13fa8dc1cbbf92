using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Bascule.Gateway;

/// <summary>Sends and receives bytes on a connected Unix socket, and descriptors with them (SCM_RIGHTS). Blocks: for threads of its own, one that sends and one that receives.</summary>
/// <remarks>Source: unix(7), cmsg(3), recvmsg(2). The socket must not be used by .NET's own operations meanwhile, which would drop the descriptors.</remarks>
public sealed class DescriptorPassing
{
    /// <summary>CMSG_LEN(0): a 64-bit length, level, type.</summary>
    private const int ControlHeaderBytes = 16;

    /// <summary>CMSG_SPACE(sizeof(int)).</summary>
    private const int ControlBytesOfOne = 24;

    /// <summary>Room for more than the one that an honest sender sends at a time, to see that somebody is not.</summary>
    private const int ControlBytesForReceiving = ControlHeaderBytes + (8 * sizeof(int));

    private readonly int _socket;
    private readonly byte[] _sentControl = GC.AllocateArray<byte>(ControlBytesOfOne, pinned: true);
    private readonly byte[] _receivedControl = GC.AllocateArray<byte>(ControlBytesForReceiving, pinned: true);
    private readonly long[] _sentVector = GC.AllocateArray<long>(2, pinned: true);
    private readonly long[] _receivedVector = GC.AllocateArray<long>(2, pinned: true);
    private readonly List<int> _received = [];

    /// <param name="socket">Stays the caller's, who keeps it open as long as this is used.</param>
    /// <exception cref="PlatformNotSupportedException">Not Linux on x86-64 or arm64.</exception>
    public DescriptorPassing(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        SystemCalls.Require();
        _socket = (int)socket.SafeHandle.DangerousGetHandle();
        SystemCalls.SetBlocking(_socket);
    }

    /// <summary>Sends some of the bytes, at least one, and with the first of them the descriptor, which stays open here.</summary>
    /// <param name="descriptor">Negative: none.</param>
    /// <returns>Bytes sent; the descriptor is sent when that is not negative. Else the negative error number: nothing was sent.</returns>
    public int Send(byte[] buffer, int offset, int count, int descriptor = -1)
    {
        _ = buffer.AsSpan(offset, count);
        var pin = GCHandle.Alloc(buffer, GCHandleType.Pinned);
        try
        {
            var message = Header(pin, offset, count, _sentVector);
            if (descriptor >= 0)
            {
                BinaryPrimitives.WriteInt64LittleEndian(_sentControl, ControlHeaderBytes + sizeof(int));
                BinaryPrimitives.WriteInt32LittleEndian(_sentControl.AsSpan(8), SystemCalls.SocketLevel);
                BinaryPrimitives.WriteInt32LittleEndian(_sentControl.AsSpan(12), SystemCalls.Rights);
                BinaryPrimitives.WriteInt32LittleEndian(_sentControl.AsSpan(ControlHeaderBytes), descriptor);
                message.Control = Marshal.UnsafeAddrOfPinnedArrayElement(_sentControl, 0);
                message.ControlLength = ControlBytesOfOne;
            }

            int sent;
            do
                sent = SystemCalls.Send(_socket, in message);
            while (sent == -SystemCalls.Interrupted);
            return sent;
        }
        finally
        {
            pin.Free();
        }
    }

    /// <summary>Waits for bytes. What came with them is the caller's to close.</summary>
    public Arrival Receive(byte[] buffer, int offset, int count)
    {
        _ = buffer.AsSpan(offset, count);
        _received.Clear();
        var pin = GCHandle.Alloc(buffer, GCHandleType.Pinned);
        try
        {
            SystemCalls.MessageHeader message;
            int received;
            do
            {
                message = Header(pin, offset, count, _receivedVector);
                message.Control = Marshal.UnsafeAddrOfPinnedArrayElement(_receivedControl, 0);
                message.ControlLength = ControlBytesForReceiving;
                received = SystemCalls.Receive(_socket, ref message);
            }
            while (received == -SystemCalls.Interrupted);
            if (received >= 0)
                ReadControl(_receivedControl.AsSpan(0, (int)Math.Min(message.ControlLength, ControlBytesForReceiving)));
            return new Arrival(received, _received, received >= 0 && (message.Flags & SystemCalls.ControlTruncated) != 0);
        }
        finally
        {
            pin.Free();
        }
    }

    private static SystemCalls.MessageHeader Header(GCHandle pin, int offset, int count, long[] vector)
    {
        vector[0] = pin.AddrOfPinnedObject() + offset;
        vector[1] = count;
        return new SystemCalls.MessageHeader { Vectors = Marshal.UnsafeAddrOfPinnedArrayElement(vector, 0), VectorCount = 1 };
    }

    private void ReadControl(ReadOnlySpan<byte> control)
    {
        while (control.Length >= ControlHeaderBytes)
        {
            // musl calls the upper half padding, and the kernel writes zeros there.
            var length = (int)BinaryPrimitives.ReadUInt32LittleEndian(control);
            if (length < ControlHeaderBytes || length > control.Length)
                return;
            if (BinaryPrimitives.ReadInt32LittleEndian(control[8..]) == SystemCalls.SocketLevel && BinaryPrimitives.ReadInt32LittleEndian(control[12..]) == SystemCalls.Rights)
            {
                for (var rights = control[ControlHeaderBytes..length]; rights.Length >= sizeof(int); rights = rights[sizeof(int)..])
                    _received.Add(BinaryPrimitives.ReadInt32LittleEndian(rights));
            }

            control = control[Math.Min(control.Length, (length + 7) & ~7)..];
        }
    }

    /// <summary>What one receiving brought.</summary>
    /// <param name="Count">Bytes; 0 at the end; else the negative error number.</param>
    /// <param name="Descriptors">Open here from now on. Valid until the next receiving.</param>
    /// <param name="Lost">A descriptor was sent that this process could not take: it has as many as it may.</param>
    public readonly record struct Arrival(int Count, IReadOnlyList<int> Descriptors, bool Lost);
}
