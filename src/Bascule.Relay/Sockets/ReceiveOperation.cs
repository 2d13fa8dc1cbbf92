using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace Bascule.Relay;

/// <summary>The receiving of one socket, awaited again and again without allocating. A failure is the end of the stream, and noted there.</summary>
internal sealed class ReceiveOperation(SocketStream stream) : SocketAsyncEventArgs(true), IValueTaskSource<int>
{
    private ManualResetValueTaskSourceCore<int> _source;

    internal ValueTask<int> Start(Memory<byte> buffer)
    {
        try
        {
            _source.Reset();
            SetBuffer(buffer);
            return stream.Socket.ReceiveAsync(this) ? new ValueTask<int>(this, _source.Version) : new ValueTask<int>(Take());
        }
        catch (ObjectDisposedException)
        {
            // Cut on this side, between two reads.
            stream.Failure = SocketError.OperationAborted;
            return new ValueTask<int>(0);
        }
    }

    int IValueTaskSource<int>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    protected override void OnCompleted(SocketAsyncEventArgs e) => _source.SetResult(Take());

    private int Take()
    {
        if (SocketError == SocketError.Success)
            return BytesTransferred;
        stream.Failure = SocketError;
        return 0;
    }
}
