using System.Net.Security;
using System.Net.Sockets;

namespace Bascule.Load;

/// <summary>Why we ended a connection from our side.</summary>
internal enum CutReason
{
    None,

    /// <summary>It was asked for, or whoever waited for the connection gave up.</summary>
    Wanted,

    /// <summary>The server did not answer our close frame.</summary>
    Unanswered,
}

/// <summary>A connected socket, with TLS or without. Without it nothing is allocated per call.</summary>
internal sealed class Wire(Socket socket, SslStream? tls) : IAsyncDisposable
{
    private int _cut;

    /// <summary>The first one.</summary>
    internal CutReason Cut => (CutReason)Volatile.Read(ref _cut);

    internal ValueTask<int> ReceiveAsync(Memory<byte> buffer) =>
        tls is null ? socket.ReceiveAsync(buffer, SocketFlags.None) : tls.ReadAsync(buffer, CancellationToken.None);

    /// <summary>Sends all of it. One at a time.</summary>
    internal ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (tls is not null)
            return tls.WriteAsync(bytes, CancellationToken.None);
        var sending = socket.SendAsync(bytes, SocketFlags.None);
        if (!sending.IsCompletedSuccessfully)
            return new ValueTask(sending.AsTask());
        _ = sending.Result;
        return default;
    }

    /// <summary>Ends the connection at once with a reset; whatever waits on it fails.</summary>
    internal void Reset(CutReason reason)
    {
        if (Interlocked.CompareExchange(ref _cut, (int)reason, (int)CutReason.None) == (int)CutReason.None)
            socket.Close(timeout: 0);
    }

    /// <summary>Ends the connection as a program does that has nothing more to say; whatever waits on it fails.</summary>
    internal void Close() => socket.Dispose();

    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        if (tls is not null)
            await tls.DisposeAsync();
    }
}
