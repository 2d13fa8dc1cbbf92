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
internal sealed class SocketHandshake : IClientHandshake, IDisposable
{
    private const int StatusSwitchingProtocols = 101;

    private readonly SocketStream _stream;
    private readonly Socket _socket;
    private readonly UpgradeTaker _taker;
    private readonly TimeProvider _time;
    private RequestHead? _head;

    internal SocketHandshake(SocketStream stream, RequestHead head, IPEndPoint? remote, UpgradeTaker taker, TimeProvider time)
    {
        _stream = stream;
        _socket = stream.Socket;
        _head = head;
        _taker = taker;
        _time = time;
        Remote = remote;
        Gone = taker.Watch.Asked(_socket);
    }

    public RequestHead Head => _head ?? throw new InvalidOperationException("The request was let go when it was answered.");

    public IPEndPoint? Remote { get; }

    public bool Http2WebSockets => false;

    /// <summary>Until it is answered; after that the reader of its frames sees its end.</summary>
    public CancellationToken Gone { get; private set; }

    public async Task<RelayEndpoint> AcceptAsync(HeaderList headers)
    {
        EndWatch();
        await SendAsync(StatusSwitchingProtocols, headers, default);
        _head = null;
        return new RelayEndpoint(_stream, _stream.Dispose, _socket);
    }

    public BareClient? Bare(HeaderList headers)
    {
        EndWatch();
        return new BareClient(_socket, Write(StatusSwitchingProtocols, headers, default).WrittenMemory);
    }

    public async Task RefuseAsync(int status, HeaderList headers, ReadOnlyMemory<byte> body)
    {
        EndWatch();
        if (headers.First("Connection") is null)
            headers.Add("Connection", "close");
        headers.Add("Content-Length", body.Length.ToString(CultureInfo.InvariantCulture));
        await SendAsync(status, headers, body);

        // Without waiting for the client's end, a reset could destroy the answer on its way.
        _socket.Shutdown(SocketShutdown.Send);
        using var deadline = new CancellationTokenSource(_taker.CloseDeadline, _time);
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

    public void Dispose() => EndWatch();

    private async Task SendAsync(int status, HeaderList headers, ReadOnlyMemory<byte> body) => await _stream.WriteAsync(Write(status, headers, body).WrittenMemory);

    private static ArrayBufferWriter<byte> Write(int status, HeaderList headers, ReadOnlyMemory<byte> body)
    {
        var answer = new ArrayBufferWriter<byte>(256 + body.Length);
        if (!HeadWriter.TryWriteResponse(answer, status, ReasonPhrases.GetReasonPhrase(status), headers))
            throw new InvalidOperationException("A field of the answer holds a line break.");
        answer.Write(body.Span);
        return answer;
    }

    private void EndWatch()
    {
        _taker.Watch.Remove(_socket);
        Gone = CancellationToken.None;
    }
}
