using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Bascule.Hub;

/// <summary>How a write went.</summary>
internal enum WriteStep
{
    Done,

    /// <summary>The client does not read at the moment; the sender is told when it is done.</summary>
    Pending,

    Failed,
}

/// <summary>Writes bytes to one client without ever blocking: straight onto the socket where there is one. One write at a time; of the send loop alone.</summary>
internal sealed class ClientWriter
{
    private readonly ClientSender _sender;
    private readonly Stream _stream;
    private readonly Socket? _socket;
    private readonly SendLoop _loop;
    private SendRest? _rest;
    private Action? _written;
    private ValueTaskAwaiter _writing;

    internal ClientWriter(ClientSender sender, HubClient client, SendLoop loop)
    {
        _sender = sender;
        _stream = client.Stream;
        _socket = client.Socket;
        _loop = loop;
        _socket?.Blocking = false;
    }

    /// <summary>Why a write failed.</summary>
    internal Exception? Cause { get; private set; }

    internal WriteStep Write(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return _socket is null ? WriteToStream(bytes) : Send(_socket, bytes);
        }
        catch (Exception e) when (HubConnection.IsConnectionFailure(e))
        {
            return Failed(e);
        }
    }

    /// <summary>What became of a pending write, when it is done.</summary>
    internal WriteStep Finish()
    {
        if (_rest is { } rest)
        {
            var error = rest.SocketError;
            Return(rest);
            return error == SocketError.Success ? WriteStep.Done : Failed(new SocketException((int)error));
        }

        try
        {
#pragma warning disable VSTHRD002 // It is complete.
            _writing.GetResult();
#pragma warning restore VSTHRD002
            return WriteStep.Done;
        }
        catch (Exception e) when (HubConnection.IsConnectionFailure(e))
        {
            return Failed(e);
        }
    }

    private WriteStep Send(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (true)
        {
            var sent = socket.Send(bytes.Span, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
                return SendRest(socket, bytes);
            if (error != SocketError.Success)
                return Failed(new SocketException((int)error));
            if (sent == bytes.Length)
                return WriteStep.Done;
            bytes = bytes[sent..];
        }
    }

    private WriteStep SendRest(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        _rest = _loop.RentRest();
        return _rest.Start(_sender, socket, bytes) ? WriteStep.Pending : Finish();
    }

    private WriteStep WriteToStream(ReadOnlyMemory<byte> bytes)
    {
#pragma warning disable CA2012 // Consumed once, by Finish; an async method around it would allocate for each write that waits.
        _writing = _stream.WriteAsync(bytes).GetAwaiter();
#pragma warning restore CA2012
        if (_writing.IsCompleted)
            return Finish();
        _writing.UnsafeOnCompleted(_written ??= _sender.WriteDone);
        return WriteStep.Pending;
    }

    private void Return(SendRest rest)
    {
        _rest = null;
        rest.Forget();
        _loop.Return(rest);
    }

    private WriteStep Failed(Exception cause)
    {
        Cause = cause;
        if (_rest is { } rest)
            Return(rest);
        return WriteStep.Failed;
    }
}
