using System.Net;
using System.Net.Sockets;
using System.Text;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>Two ends of one connection, made by this test.</summary>
internal sealed record SocketPair(Socket One, Socket Other) : IDisposable
{
    /// <summary>A client, and what the gateway's listener accepted for it.</summary>
    internal static async Task<SocketPair> TcpAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var accepting = listener.AcceptSocketAsync();
        await client.ConnectAsync(listener.LocalEndpoint).Soon();
        return new SocketPair(client, await accepting.Soon());
    }

    /// <summary>A Unix pair that no asynchronous operation has touched.</summary>
    internal static SocketPair Unix()
    {
        using var folder = new SocketFolder();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(folder.Path));
        listener.Listen(1);
        var one = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        one.Connect(new UnixDomainSocketEndPoint(folder.Path));
        return new SocketPair(one, listener.Accept());
    }

    public void Dispose()
    {
        One.Dispose();
        Other.Dispose();
    }
}

/// <summary>A folder that only this user can enter, for one socket.</summary>
internal sealed class SocketFolder : IDisposable
{
    internal string Folder { get; } = Directory.CreateTempSubdirectory("bascule-").FullName;

    internal string Path => System.IO.Path.Combine(Folder, "shard.sock");

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

internal static class SocketWords
{
    internal static async Task SayAsync(this Socket socket, string text) => await socket.SendAsync(Encoding.UTF8.GetBytes(text)).Soon();

    /// <summary>Exactly so much; less when it ends before.</summary>
    internal static async Task<string> HearAsync(this Socket socket, int bytes)
    {
        var buffer = new byte[bytes];
        var read = 0;
        while (read < bytes && await socket.ReceiveAsync(buffer.AsMemory(read)).Soon() is > 0 and var more)
            read += more;
        return Encoding.UTF8.GetString(buffer, 0, read);
    }

    /// <summary>The other side closed, in order.</summary>
    internal static async Task EndsAsync(this Socket socket) => Assert.Equal(0, await socket.ReceiveAsync(new byte[1]).Soon());

    /// <summary>Without .NET's threads, which would note the socket.</summary>
    internal static string HearInPlace(this Socket socket, int bytes)
    {
        var buffer = new byte[bytes];
        var read = 0;
        while (read < bytes && socket.Receive(buffer.AsSpan(read)) is > 0 and var more)
            read += more;
        return Encoding.UTF8.GetString(buffer, 0, read);
    }

    internal static int Number(this Socket socket) => (int)socket.SafeHandle.DangerousGetHandle();
}
