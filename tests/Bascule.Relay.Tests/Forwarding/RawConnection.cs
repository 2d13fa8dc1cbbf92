using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Bascule.Relay.Tests;

/// <summary>One end of a socket that speaks bytes, written as Latin-1 text.</summary>
internal sealed class RawConnection(Socket socket) : IDisposable
{
    private readonly StringBuilder _unread = new();

    public static async Task<RawConnection> OpenAsync(int port)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new RawConnection(socket);
    }

    public async Task SendAsync(string text) => await socket.SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Speaks TLS from here on, as the server.</summary>
    public async Task<SslStream> SecureAsync(X509Certificate2 certificate)
    {
        var secured = new SslStream(new NetworkStream(socket));
        await secured.AuthenticateAsServerAsync(certificate);
        return secured;
    }

    /// <summary>All that comes up to and including this text.</summary>
    public async Task<string> ReadThroughAsync(string marker)
    {
        while (true)
        {
            var end = _unread.ToString().IndexOf(marker, StringComparison.Ordinal);
            if (end >= 0)
            {
                var text = _unread.ToString(0, end + marker.Length);
                _unread.Remove(0, text.Length);
                return text;
            }

            if (!await FillAsync())
                throw new EndOfStreamException($"The connection ended before `{marker}`; it had sent `{_unread}`.");
        }
    }

    public Task<string> ReadHeadAsync() => ReadThroughAsync("\r\n\r\n");

    /// <summary>All that comes until the other end closes.</summary>
    public async Task<string> ReadToEndAsync()
    {
        while (await FillAsync())
        {
        }

        return _unread.ToString();
    }

    /// <summary>Gathers what is sent into one packet until it is let go (TCP_CORK of Linux).</summary>
    public void Hold(bool isHeld) => socket.SetRawSocketOption(6, 3, BitConverter.GetBytes(isHeld ? 1 : 0));

    /// <summary>Closes with a reset, as a crashed process does.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    public void Dispose() => socket.Dispose();

    private async Task<bool> FillAsync()
    {
        var buffer = new byte[4096];
        var read = await socket.ReceiveAsync(buffer);
        _unread.Append(Encoding.Latin1.GetString(buffer, 0, read));
        return read > 0;
    }
}
