using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Bascule.Admission;
using Bascule.Protocol;
using Bascule.Relay;

namespace Bascule.Gateway;

/// <summary>Takes the PROXY protocol header off a connection before anything else reads it. Only trusted proxies may send one; on such a listener nobody else is served.</summary>
internal static class ProxyIntake
{
    /// <param name="Client">Whom the header names; the peer itself when the proxy speaks for itself.</param>
    /// <param name="Fault">Why the connection is not served; null when it is.</param>
    internal readonly record struct Outcome(IPEndPoint? Client, string? Fault);

    /// <summary>From a bare socket: not one byte more than the header is taken.</summary>
    internal static async Task<Outcome> ReadAsync(SocketStream stream, TrustedProxies trusted)
    {
        var socket = stream.Socket;
        var peer = (IPEndPoint)socket.RemoteEndPoint!;
        if (Untrusted(trusted, peer) is { } fault)
            return new Outcome(null, fault);
        var buffer = ArrayPool<byte>.Shared.Rent(ProxyHeader.MaxBytes);
        try
        {
            var taken = 0;
            while (true)
            {
#pragma warning disable CA2022, MA0060 // A zero-byte read only waits until bytes are there.
                await stream.ReadAsync(Memory<byte>.Empty);
#pragma warning restore CA2022, MA0060
                if (socket.Available == 0)
                    return new Outcome(null, "it ended before its PROXY protocol header was whole");
                var seen = socket.Receive(buffer.AsSpan(taken, ProxyHeader.MaxBytes - taken), SocketFlags.Peek);
                var read = ProxyHeader.TryRead(buffer.AsSpan(0, taken + seen), out var header, out var consumed);
                if (read == ProxyRead.Fault)
                    return new Outcome(null, header.Fault);
                // What is incomplete is all header.
                var own = read == ProxyRead.Complete ? consumed - taken : seen;
                socket.Receive(buffer.AsSpan(taken, own));
                taken += own;
                if (read == ProxyRead.Complete)
                    return new Outcome(header.Source ?? peer, null);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>From a connection of Kestrel, before TLS.</summary>
    internal static async Task<Outcome> ReadAsync(PipeReader input, EndPoint? remote, TrustedProxies trusted, CancellationToken deadline)
    {
        if (remote is not IPEndPoint peer || Untrusted(trusted, peer) is { } fault)
            return new Outcome(null, "its peer is no trusted proxy");
        while (true)
        {
            ReadResult result;
            try
            {
                result = await input.ReadAsync(deadline);
            }
            catch (OperationCanceledException)
            {
                return new Outcome(null, "its PROXY protocol header took too long");
            }

            var read = ProxyHeader.TryRead(result.Buffer.ToArray(), out var header, out var consumed);
            if (read == ProxyRead.Complete)
            {
                input.AdvanceTo(result.Buffer.GetPosition(consumed));
                return new Outcome(header.Source ?? peer, null);
            }

            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (read == ProxyRead.Fault)
                return new Outcome(null, header.Fault);
            if (result.IsCompleted)
                return new Outcome(null, "it ended before its PROXY protocol header was whole");
        }
    }

    private static string? Untrusted(TrustedProxies trusted, IPEndPoint peer) =>
        trusted.Trusts(peer.Address) ? null : $"{peer.Address} is not among listen.trustedProxies, and this listener takes connections of proxies only (proxyProtocol)";
}
