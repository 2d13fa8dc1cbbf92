using System.Net.Sockets;

namespace Bascule.Relay;

/// <summary>A socket as a stream, for connections whose breaking is no surprise: a read that fails ends like one at the end of the stream, and <see cref="Failure"/> says why.</summary>
/// <remarks>NetworkStream throws instead: two exceptions for each client that leaves by a reset, about as dear as its handshake when measured (docs/decisions/sockets-of-our-own.md).
/// One reader and one writer at a time. Without a cancellation token, which is not looked at while a write lasts, nothing is allocated.</remarks>
public sealed class SocketStream(Socket socket) : Stream
{
    private ReceiveOperation? _receive;
    private SendOperation? _send;

    public Socket Socket => socket;

    /// <summary>Why the last read ended, when it was not the end of the stream.</summary>
    public SocketError Failure { get; internal set; } = SocketError.Success;

    /// <summary>The failure of a stream that is one of ours and has failed, else null.</summary>
    public static SocketException? FailureOf(Stream stream) =>
        stream is SocketStream { Failure: not SocketError.Success } broken ? new SocketException((int)broken.Failure) : null;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Zero bytes: the stream has ended, or failed. With an empty buffer it waits until bytes are there.</summary>
    /// <exception cref="OperationCanceledException">The token fired; the socket is closed then, since what it was waiting for is not wanted any more.</exception>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.CanBeCanceled ? ReadOrCloseAsync(buffer, cancellationToken) : Receive(buffer);

    /// <exception cref="IOException">The connection is broken, or was closed on this side.</exception>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return (_send ??= new SendOperation(socket)).Start(buffer);
    }

    /// <summary>Lets go of the socket without closing it, for another owner.</summary>
    public void Detach()
    {
        _receive?.Dispose();
        _send?.Dispose();
    }

    /// <summary>Every write is sent at once.</summary>
    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private ValueTask<int> Receive(Memory<byte> buffer) => (_receive ??= new ReceiveOperation(this)).Start(buffer);

    /// <summary>The socket's own way to cancel would keep a second set of operation objects for each connection.</summary>
    private async ValueTask<int> ReadOrCloseAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        int received;
        await using (cancellation.UnsafeRegister(static socket => ((Socket)socket!).Dispose(), socket))
            received = await Receive(buffer);
        if (Failure != SocketError.Success)
            cancellation.ThrowIfCancellationRequested();
        return received;
    }

    protected override void Dispose(bool disposing)
    {
        socket.Dispose();
        Detach();
        base.Dispose(disposing);
    }
}
