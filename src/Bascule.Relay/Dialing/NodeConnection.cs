using System.Net.Sockets;
using Bascule.Model;

namespace Bascule.Relay;

/// <summary>A connection to a node, TLS included.</summary>
/// <param name="socket">Under it.</param>
/// <param name="plain">The stream on the socket.</param>
/// <param name="stream">The stream to use: the plain one, or TLS on it.</param>
internal sealed class NodeConnection(Socket socket, Stream plain, Stream stream)
{
    private Task? _watch;

    internal Socket Socket => socket;

    internal Stream Stream => stream;

    /// <summary>Why reading ended, when that was not the end of the stream and no exception told; else null.</summary>
    internal SocketException? Failure => SocketStream.FailureOf(plain);

    /// <summary>
    /// False once the node has closed the connection, or sent something that nobody asked for. The kernel is asked too, since what it has may not have come through yet;
    /// not with TLS, where a server sends tickets unasked.
    /// </summary>
    internal bool IsQuiet => _watch is not { IsCompleted: true } && (stream != plain || !socket.Poll(0, SelectMode.SelectRead));

    /// <summary>Begins to wait for bytes, so that a close is noticed. Whoever reads goes on from this wait, which is never taken back: that would cost the connection.</summary>
    /// <returns>Completes when there is something to read, or nothing ever will be.</returns>
    internal Task Watch()
    {
        if (_watch is null)
        {
#pragma warning disable CA2022, MA0060 // A zero-byte read only waits until bytes are there.
            _watch = stream.ReadAsync(Memory<byte>.Empty).AsTask();
#pragma warning restore CA2022, MA0060
            // Nobody may be left to await it.
            _ = _watch.ContinueWith(static watch => watch.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }

        return _watch;
    }

    /// <summary>Waits for the first bytes of an answer without a buffer. Once.</summary>
    internal ValueTask AwaitBytesAsync()
    {
        return _watch is { } watch ? new ValueTask(watch) : WaitAsync();

        async ValueTask WaitAsync()
        {
#pragma warning disable CA2022, MA0060 // A zero-byte read only waits until bytes are there.
            await stream.ReadAsync(Memory<byte>.Empty);
#pragma warning restore CA2022, MA0060
        }
    }

    /// <summary>Cuts it at once: pending reads and writes fail.</summary>
    internal void Cut()
    {
        stream.Dispose();
        socket.Dispose();
    }
}

/// <summary>A connection, or why there is none.</summary>
internal readonly record struct NodeReached(NodeConnection? Connection, Ending? Failure);
