using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Relay;

/// <summary>Opens WebSockets to back ends over HTTP/1.1, and says what a back end did that does not.</summary>
public sealed class BackendDialer(DialLimits limits, TimeProvider time)
{
    /// <summary>Largest answer head that is read: 16 KiB, the limit that nginx and Node have, doubled or more.</summary>
    private const int MaxAnswerBytes = 16 * 1024;

    /// <summary>Name, TCP, TLS, request, answer: each step can end with its own reason.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<DialResult> DialAsync(DialTarget target, CancellationToken cancellation)
    {
        var (socket, stream, failure) = await ConnectAsync(target, cancellation);
        if (failure is { } ending)
            return new DialResult(null, ending, MayTryAnother: true, Answer: null);

        var kept = false;
        try
        {
            var result = await UpgradeAsync(target, socket!, stream!, cancellation);
            kept = result.Link is not null;
            return result;
        }
        finally
        {
            if (!kept)
                Cut(socket!, stream!);
        }
    }

    private async Task<(Socket? Socket, Stream? Stream, Ending? Failure)> ConnectAsync(DialTarget target, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(limits.Connect, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        Socket? socket = null;
        try
        {
            socket = await ConnectTcpAsync(target.Node, both.Token);
            Stream stream = new SocketStream(socket);
            if (target.Node.Scheme == Uri.UriSchemeHttps)
                stream = await AuthenticateAsync(stream, target, both.Token);
            return (socket, stream, null);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            socket?.Dispose();
            var step = socket is null ? "the TCP connection" : "TLS";
            return (null, null, new Ending(EndReasons.BackendConnectTimeout, $"{Name(target)}: {step} took longer than {limits.Connect.TotalSeconds:0.#} s"));
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException)
        {
            socket?.Dispose();
            return (null, null, new Ending(ReasonOf(e, connected: socket is not null), $"{Name(target)}: {Words(e)}"));
        }
        catch
        {
            socket?.Dispose();
            throw;
        }
    }

    private static EndReason ReasonOf(Exception e, bool connected) => e switch
    {
        _ when connected => EndReasons.BackendTlsFailed,
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData or SocketError.NoRecovery } => EndReasons.BackendNameUnknown,
        SocketException { SocketErrorCode: SocketError.TimedOut } => EndReasons.BackendConnectTimeout,
        _ => EndReasons.BackendUnreachable,
    };

    /// <summary>Tries the addresses of the node one after the other; the failure of the last one counts.</summary>
    private static async Task<Socket> ConnectTcpAsync(Uri node, CancellationToken cancellation)
    {
        var addresses = IPAddress.TryParse(node.IdnHost, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(node.IdnHost, cancellation);
        SocketException? last = null;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            var connected = false;
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, node.Port), cancellation);
                connected = true;
                return socket;
            }
            catch (SocketException e)
            {
                last = e;
            }
            finally
            {
                if (!connected)
                    socket.Dispose();
            }
        }

        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }

    private static async Task<Stream> AuthenticateAsync(Stream stream, DialTarget target, CancellationToken cancellation)
    {
        var tls = new SslStream(stream);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = target.Node.IdnHost,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        };
        if (target.InsecureTls)
        {
#pragma warning disable CA5359 // The operator asked for it by `insecureTls` on this very node.
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        var authenticated = false;
        try
        {
            await tls.AuthenticateAsClientAsync(options, cancellation);
            authenticated = true;
            return tls;
        }
        finally
        {
            if (!authenticated)
                await tls.DisposeAsync();
        }
    }

    private async Task<DialResult> UpgradeAsync(DialTarget target, Socket socket, Stream stream, CancellationToken cancellation)
    {
        var key = AcceptKey.NewKey();
        var request = new ArrayBufferWriter<byte>(512);
        if (!Protocol.HeadWriter.TryWriteRequest(request, "GET", target.PathAndQuery, UpgradeFields.For(target, key)))
            return Failed(EndReasons.GatewayFault, "the request to the back end would contain a line break");

        using var deadline = new CancellationTokenSource(limits.Upgrade, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        byte[]? buffer = null;
        var received = 0;
        try
        {
            await stream.WriteAsync(request.WrittenMemory, both.Token);
            // Thousands may wait here at once: the buffer is rented when there is something to read.
#pragma warning disable CA2022, MA0060 // A zero-byte read only waits until bytes are there.
            await stream.ReadAsync(Memory<byte>.Empty, both.Token);
#pragma warning restore CA2022, MA0060
            buffer = ArrayPool<byte>.Shared.Rent(MaxAnswerBytes);
            var filled = 0;
            while (true)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(filled, MaxAnswerBytes - filled), both.Token);
                if (read == 0)
                    return ClosedEarly(target, received, SocketStream.FailureOf(stream) is { } failure ? Words(failure) : "closed");
                received += read;
                filled += read;
                var status = ReadAnswer(buffer, ref filled, out var answer, out var consumed);
                if (status == HeadRead.Complete)
                    return Judge(target, socket, stream, answer!, key, buffer.AsSpan(consumed, filled - consumed));
                if (status != HeadRead.NeedMore)
                    return Garbage(target, status, buffer.AsSpan(0, Math.Min(filled, 40)));
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            var seen = received == 0 ? "answered nothing" : $"sent {received} bytes, which are no whole answer,";
            return Failed(EndReasons.BackendSilent, $"{Name(target)} {seen} within {limits.Upgrade.TotalSeconds:0.#} s");
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return ClosedEarly(target, received, Words(e));
        }
        finally
        {
            if (buffer is not null)
                ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static DialResult ClosedEarly(DialTarget target, int received, string how) =>
        Failed(EndReasons.BackendClosedEarly, $"{Name(target)}: {how} after {received} bytes of an answer", mayTryAnother: received == 0);

    private static DialResult Garbage(DialTarget target, HeadRead status, ReadOnlySpan<byte> start) => Failed(
        EndReasons.BackendGarbage,
        status == HeadRead.TooLarge ? $"{Name(target)} answered with a head of more than {MaxAnswerBytes} bytes" : $"{Name(target)} answered {Printable(start)}");

    /// <summary>Reads the final answer; interim ones (1xx but 101) are taken out of the buffer.</summary>
    private static HeadRead ReadAnswer(byte[] buffer, ref int filled, out ResponseHead? answer, out int consumed)
    {
        while (true)
        {
            var read = ResponseHeadParser.TryParse(buffer.AsSpan(0, filled), MaxAnswerBytes, out answer, out consumed);
            if (read != HeadRead.Complete || answer!.Status is 101 or >= 200)
                return read;
            buffer.AsSpan(consumed, filled - consumed).CopyTo(buffer);
            filled -= consumed;
        }
    }

    private static DialResult Judge(DialTarget target, Socket socket, Stream stream, ResponseHead answer, string key, ReadOnlySpan<byte> early)
    {
        if (UpgradeAnswer.Check(answer, target.Offer, key, out var agreed) is { } ending)
            return new DialResult(null, ending with { Detail = $"{Name(target)} {ending.Detail}" }, MayTryAnother: answer.Status is 502 or 503 or 504, answer);
        var endpoint = new RelayEndpoint(stream, () => Cut(socket, stream), socket, early.IsEmpty ? default : early.ToArray());
        return new DialResult(new BackendLink(endpoint, agreed!), null, MayTryAnother: false, answer);
    }

    private static void Cut(Socket socket, Stream stream)
    {
        stream.Dispose();
        socket.Dispose();
    }

    private static DialResult Failed(EndReason reason, string detail, bool mayTryAnother = false) => new(null, new Ending(reason, detail), mayTryAnother, null);

    private static string Name(DialTarget target) => target.Node.Authority;

    private static string Words(Exception e) => e.GetBaseException() is SocketException socket ? $"{socket.SocketErrorCode} ({socket.Message})" : e.GetBaseException().Message;

    private static string Printable(ReadOnlySpan<byte> bytes)
    {
        var text = new System.Text.StringBuilder("\"");
        foreach (var value in bytes)
            text.Append(value is >= 0x20 and < 0x7f ? (char)value : '.');
        return text.Append('"').ToString();
    }
}
