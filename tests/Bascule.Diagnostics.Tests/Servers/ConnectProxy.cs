using System.Net;
using System.Net.Sockets;
using System.Text;
using Bascule.Testing;

namespace Bascule.Diagnostics.Tests;

/// <summary>What a <see cref="ConnectProxy"/> does with a tunnel.</summary>
public enum Tunnelling
{
    Passes,

    /// <summary>407 to all who do not send user and password.</summary>
    WantsPassword,
    Forbids,
    KnowsNoConnect,
    DoesNotReach,

    /// <summary>Ends the connection instead of an answer.</summary>
    HangsUp,
    SpeaksAnotherProtocol,

    /// <summary>Opens the tunnel, and ends it when something is sent.</summary>
    CutsAtOnce,

    /// <summary>Ends the tunnel when the server has answered.</summary>
    CutsAfterTheAnswer,

    /// <summary>Opens the tunnel, and passes nothing on.</summary>
    HoldsAll,

    /// <summary>Passes the server's first answer on, and holds the rest.</summary>
    HoldsSmall,

    /// <summary>Answers in the server's place.</summary>
    Answers,
}

/// <summary>A small proxy that knows CONNECT, and leads every name to this machine.</summary>
internal sealed class ConnectProxy : IAsyncDisposable
{
    internal const string Credentials = "user:se%20cret";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _connections = [];
    private readonly Tunnelling _manner;
    private readonly Task _accepting;
    private int _tunnels;

    internal ConnectProxy(Tunnelling manner)
    {
        _manner = manner;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    internal string Url(string credentials = "") => $"http://{(credentials.Length == 0 ? "" : credentials + "@")}{_listener.LocalEndpoint}";

    /// <summary>Every tunnel ends at this port instead of the one that was asked for.</summary>
    internal int? LeadsTo { get; init; }

    /// <summary>Tunnels that were opened so far.</summary>
    internal int Tunnels => Volatile.Read(ref _tunnels);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections).Soon();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        await Task.Yield();
        using (client)
        {
            try
            {
                await ServeAsync(client.GetStream());
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // Either side went away, as it may.
            }
        }
    }

    private async Task ServeAsync(NetworkStream client)
    {
        var head = await HeadAsync(client);
        var refusal = _manner switch
        {
            Tunnelling.WantsPassword when !head.Contains($"Proxy-Authorization: Basic {Convert.ToBase64String("user:se cret"u8)}\r\n", StringComparison.Ordinal) =>
                // It repeats what was sent, as some do.
                $"407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"office\"\r\nServer: squid, {string.Concat(head.Split("\r\n").Where(line => line.StartsWith("Proxy-Authorization", StringComparison.Ordinal)))}",
            Tunnelling.Forbids => "403 Forbidden\r\nServer: squid/5.7",
            Tunnelling.KnowsNoConnect => "405 Method Not Allowed",
            Tunnelling.DoesNotReach => "503 Service Unavailable",
            _ => null,
        };
        if (_manner == Tunnelling.HangsUp)
            return;
        if (_manner == Tunnelling.SpeaksAnotherProtocol || refusal is not null)
        {
            await client.WriteAsync(Encoding.ASCII.GetBytes(refusal is null ? "220 mail.test ESMTP\r\n" : $"HTTP/1.1 {refusal}\r\nContent-Length: 0\r\n\r\n"), _stop.Token);
            return;
        }

        await client.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray(), _stop.Token);
        Interlocked.Increment(ref _tunnels);
        await TunnelAsync(client, LeadsTo ?? int.Parse(head.Split(' ')[1].Split(':')[^1], global::System.Globalization.CultureInfo.InvariantCulture));
    }

    private async Task TunnelAsync(NetworkStream client, int port)
    {
        if (_manner is Tunnelling.CutsAtOnce or Tunnelling.HoldsAll or Tunnelling.Answers)
        {
            if (await client.ReadAsync(new byte[4096], _stop.Token) == 0)
                return;
            if (_manner == Tunnelling.Answers)
                await client.WriteAsync("HTTP/1.1 451 No\r\nServer: filter\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), _stop.Token);
            if (_manner == Tunnelling.HoldsAll)
                await client.CopyToAsync(Stream.Null, _stop.Token);
            return;
        }

        using var server = new TcpClient();
        await server.ConnectAsync(IPAddress.Loopback, port, _stop.Token);
        var there = client.CopyToAsync(server.GetStream(), _stop.Token);
        if (_manner == Tunnelling.Passes || _manner == Tunnelling.WantsPassword)
        {
            await Task.WhenAny(there, server.GetStream().CopyToAsync(client, _stop.Token));
            return;
        }

        var chunk = new byte[65536];
        await client.WriteAsync(chunk.AsMemory(0, await server.GetStream().ReadAsync(chunk, _stop.Token)), _stop.Token);
        if (_manner == Tunnelling.HoldsSmall)
            await there;
    }

    private async Task<string> HeadAsync(NetworkStream client)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await client.ReadAsync(one, _stop.Token) > 0)
            head.Append((char)one[0]);
        return head.ToString();
    }
}
