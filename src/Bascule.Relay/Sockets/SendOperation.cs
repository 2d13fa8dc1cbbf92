using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;

namespace Bascule.Relay;

/// <summary>The sending of one socket, awaited again and again without allocating. All of the buffer is sent, or it throws.</summary>
internal sealed class SendOperation(Socket socket) : SocketAsyncEventArgs(true), IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _source;

    internal ValueTask Start(ReadOnlyMemory<byte> buffer)
    {
        _source.Reset();
        // It is only read from.
        SetBuffer(MemoryMarshal.AsMemory(buffer));
        if (socket.SendAsync(this))
            return new ValueTask(this, _source.Version);
        return SocketError == SocketError.Success ? default : ValueTask.FromException(Broken());
    }

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    protected override void OnCompleted(SocketAsyncEventArgs e)
    {
        if (SocketError == SocketError.Success)
            _source.SetResult(true);
        else
            _source.SetException(Broken());
    }

    private IOException Broken() => new("The connection is broken.", new SocketException((int)SocketError));
}
