using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Bascule.Model;
using Bascule.Protocol;
using Bascule.Relay;
using Microsoft.AspNetCore.WebUtilities;

namespace Bascule.Gateway;

/// <summary>A client on a bare socket: HTTP/1.1 without TLS.</summary>
internal sealed class SocketHandshake : IClientHandshake, IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly TimeSpan _closeDeadline;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _gone = new();
    private readonly CancellationTokenSource _watchEnd = new();
    private readonly Task _watching;
    private RequestHead? _head;

    internal SocketHandshake(Socket socket, RequestHead head, TimeSpan closeDeadline, TimeProvider time)
    {
        _socket = socket;
        _head = head;
        _closeDeadline = closeDeadline;
        _time = time;
        Remote = socket.RemoteEndPoint as IPEndPoint;
        _watching = WatchAsync();
    }

    public RequestHead Head => _head ?? throw new InvalidOperationException("The request was let go when it was answered.");

    public IPEndPoint? Remote { get; }

    public bool Http2WebSockets => false;

    public CancellationToken Gone => _gone.Token;

    public async Task<RelayEndpoint> AcceptAsync(HeaderList headers)
    {
        await EndWatchAsync();
        await SendAsync(StatusSwitchingProtocols, headers, default);
        _head = null;
        return new RelayEndpoint(new NetworkStream(_socket, ownsSocket: true), _socket.Dispose, _socket);
    }

    public async Task RefuseAsync(int status, HeaderList headers, ReadOnlyMemory<byte> body)
    {
        await EndWatchAsync();
        if (headers.First("Connection") is null)
            headers.Add("Connection", "close");
        headers.Add("Content-Length", body.Length.ToString(CultureInfo.InvariantCulture));
        await SendAsync(status, headers, body);

        // Without waiting for the client's end, a reset could destroy the answer on its way.
        _socket.Shutdown(SocketShutdown.Send);
        using var deadline = new CancellationTokenSource(_closeDeadline, _time);
        var rest = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            while (await _socket.ReceiveAsync(rest.AsMemory(), deadline.Token) > 0)
            {
                // Whatever it still sends was not asked for.
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rest);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndWatchAsync();
        _watchEnd.Dispose();
        _gone.Dispose();
    }

    private const int StatusSwitchingProtocols = 101;

    private async Task SendAsync(int status, HeaderList headers, ReadOnlyMemory<byte> body)
    {
        var answer = new ArrayBufferWriter<byte>(512 + body.Length);
        if (!HeadWriter.TryWriteResponse(answer, status, ReasonPhrases.GetReasonPhrase(status), headers))
            throw new InvalidOperationException("A field of the answer holds a line break.");
        answer.Write(body.Span);
        for (var sent = 0; sent < answer.WrittenCount;)
            sent += await _socket.SendAsync(answer.WrittenMemory[sent..]);
    }

    /// <summary>Sees that the client leaves while it waits for its answer. Bytes that it sends early are left where they are.</summary>
    private async Task WatchAsync()
    {
        try
        {
            await _socket.ReceiveAsync(Memory<byte>.Empty, _watchEnd.Token);
            if (_socket.Available > 0)
                return;
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // A reset says the same as an end.
        }

        await _gone.CancelAsync();
    }

    private async Task EndWatchAsync()
    {
        await _watchEnd.CancelAsync();
        await _watching;
    }
}
