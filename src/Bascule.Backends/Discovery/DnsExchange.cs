using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Bascule.Backends;

/// <summary>One question to the servers in turn, by UDP, and by TCP when the answer is too long for that.</summary>
internal sealed class DnsExchange(TimeProvider time)
{
    /// <summary>Without EDNS a server sends 512 bytes at most (RFC 1035 §4.2.1); the rest is for those that send more unasked.</summary>
    private const int UdpBytes = 4096;

    private const int NoError = 0;
    private const int NoSuchName = 3;

    /// <summary>The message of the first server that answers with records or with "no such name", or what all of them did instead.</summary>
    internal async Task<(DnsMessage? Message, string? Fault)> AskAsync(string name, DnsType type, ResolverSettings resolver, CancellationToken cancellation)
    {
        var fault = "there is no server to ask";
        for (var attempt = 0; attempt < resolver.Attempts; attempt++)
        {
            foreach (var server in resolver.Servers)
            {
                // A new id each time, and a new port with the new socket: an answer must guess both (RFC 5452 §9).
                if (DnsWire.Question((ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1), name, type) is not { } question)
                    return (null, $"{name} is no name that the DNS could know");
                var (message, seen) = await AskAsync(question, server, resolver.Timeout, cancellation);
                if (message is { Code: NoError or NoSuchName })
                    return (message, null);
                fault = $"asked for {name}, {server} {seen ?? $"answered with error {message!.Code}"}";
            }
        }

        return (null, fault);
    }

    private async Task<(DnsMessage? Message, string? Seen)> AskAsync(byte[] question, IPEndPoint server, TimeSpan limit, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            var message = await AskByUdpAsync(question, server, either.Token);
            if (message.IsTruncated)
                message = await AskByTcpAsync(question, server, either.Token);
            return message is null ? (null, "sent by TCP what is no answer to the question") : (message, null);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, $"gave no valid answer within {limit.TotalSeconds:0.###} s");
        }
        catch (SocketException e)
        {
            return (null, $"could not be reached: {e.Message}");
        }
        catch (IOException e)
        {
            return (null, $"broke the TCP connection: {e.Message}");
        }
    }

    private static async Task<DnsMessage> AskByUdpAsync(byte[] question, IPEndPoint server, CancellationToken cancellation)
    {
        // Connected, so that the system drops what comes from others.
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellation);
        await socket.SendAsync(question, cancellation);
        var buffer = new byte[UdpBytes];
        while (true)
        {
            // What is no answer to this question may be forged: the true one can still come.
            var count = await socket.ReceiveAsync(buffer, cancellation);
            if (DnsWire.Answer(buffer.AsSpan(0, count), question) is { } message)
                return message;
        }
    }

    private static async Task<DnsMessage?> AskByTcpAsync(byte[] question, IPEndPoint server, CancellationToken cancellation)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, cancellation);
        await using var stream = new NetworkStream(socket);

        // RFC 1035 §4.2.2: two bytes of length go before the message.
        await stream.WriteAsync((byte[])[(byte)(question.Length >> 8), (byte)question.Length, .. question], cancellation);
        var length = new byte[2];
        await stream.ReadExactlyAsync(length, cancellation);
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(message, cancellation);
        return DnsWire.Answer(message, question);
    }
}
