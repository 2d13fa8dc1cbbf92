using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>One end of a WebSocket connection in our hand: client or server, every byte as we want it. One sender and one reader at a time.</summary>
/// <remarks>What the other end does is a value, never an exception; only <see cref="DialAsync"/> and <see cref="AcceptAsync"/> throw.</remarks>
public sealed class RawPeer : IAsyncDisposable
{
    /// <summary>The longest head that is read.</summary>
    internal const int MaxHeadBytes = 64 * 1024;

    private const int ChunkBytes = 64 * 1024;

    private readonly Socket? _socket;
    private readonly Stream _stream;
    private readonly bool _isClient;
    private readonly PeerClock _clock;
    private readonly byte[] _chunk = new byte[ChunkBytes];
    private byte[] _held = new byte[4096];
    private int _start;
    private int _end;
    private PeerEnd _ended;
    private Task<int>? _reading;

    private RawPeer(Socket? socket, Stream stream, bool isClient, PeerClock clock)
    {
        _socket = socket;
        _stream = stream;
        _isClient = isClient;
        _clock = clock;
    }

    /// <summary>Bytes that the system took from us so far.</summary>
    public long SentBytes { get; private set; }

    /// <summary>A close frame was read.</summary>
    public bool GotClose { get; private set; }

    /// <summary>What came and belongs to no frame or head that was read: the start of a frame, or the body of an answer.</summary>
    public ReadOnlySpan<byte> Unread => _held.AsSpan(_start, _end - _start);

    /// <summary>By which its waits are measured.</summary>
    internal PeerClock Clock => _clock;

    private Socket Socket => _socket ?? throw new InvalidOperationException("A stream of HTTP/2 has no socket of its own to close or reset.");

    private static string Why(Exception e, PeerClock clock) => e switch
    {
        OperationCanceledException => $"no answer within {clock.StepLimit.TotalSeconds:0.#} s",
        AuthenticationException => $"TLS failed: {e.Message.TrimEnd('.')}. If the server speaks no TLS, write ws://; if it has a certificate of its own, --insecure takes it",
        _ => e.Message,
    };

    /// <summary>Connects, with TLS for wss and https; no HTTP yet.</summary>
    /// <exception cref="NotReachedException">Nobody answers, or TLS fails.</exception>
    public static async Task<RawPeer> DialAsync(Uri url, bool anyCertificate, PeerClock clock, CancellationToken interruption)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = Limit(clock, interruption, out var linked);
        try
        {
            await socket.ConnectAsync(url.IdnHost, url.Port, linked.Token);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (url.Scheme is "wss" or "https")
                stream = await SecureAsync(new SslStream(stream), url.IdnHost, anyCertificate, linked.Token);
            return new RawPeer(socket, stream, isClient: true, clock);
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or OperationCanceledException)
        {
            socket.Dispose();
            interruption.ThrowIfCancellationRequested();
            throw new NotReachedException(url, Why(e, clock), e);
        }
        finally
        {
            linked.Dispose();
        }
    }

    /// <summary>The server's side of a socket that a listener accepted; it is ours from here on.</summary>
    /// <param name="certificate">Null for no TLS.</param>
    /// <exception cref="CaseBrokenException">TLS failed.</exception>
    public static async Task<RawPeer> AcceptAsync(Socket socket, X509Certificate2? certificate, PeerClock clock, CancellationToken interruption)
    {
        socket.NoDelay = true;
        var plain = new NetworkStream(socket, ownsSocket: true);
        if (certificate is null)
            return new RawPeer(socket, plain, isClient: false, clock);
        var secure = new SslStream(plain);
        using var limit = Limit(clock, interruption, out var linked);
        try
        {
            await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, linked.Token);
            return new RawPeer(socket, secure, isClient: false, clock);
        }
        catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException)
        {
            await secure.DisposeAsync();
            interruption.ThrowIfCancellationRequested();
            throw new CaseBrokenException($"TLS with the connecting side failed: {e.Message}", e);
        }
        finally
        {
            linked.Dispose();
        }
    }

    /// <summary>The client's side of a stream that is a WebSocket already: one of HTTP/2.</summary>
    internal static RawPeer Over(Stream stream, PeerClock clock) => new(null, stream, isClient: true, clock);

    public Task<PeerSend> SendAsync(RawFrame frame, CancellationToken interruption) => SendAsync(frame.ToBytes(_isClient), interruption);

    public Task<PeerSend> SendAsync(HeadText head, CancellationToken interruption) => SendAsync(head.ToBytes(), interruption);

    /// <summary>Several frames in as few packets as possible.</summary>
    public Task<PeerSend> SendAsync(IEnumerable<RawFrame> frames, CancellationToken interruption) =>
        SendAsync(frames.SelectMany(f => f.ToBytes(_isClient)).ToArray(), interruption);

    /// <summary>Bytes in pieces of this many, each in a packet of its own as far as the system lets us.</summary>
    public async Task<PeerSend> SendInPiecesAsync(ReadOnlyMemory<byte> bytes, IEnumerable<int> pieces, CancellationToken interruption)
    {
        foreach (var piece in pieces.Append(int.MaxValue))
        {
            var part = bytes[..Math.Min(piece, bytes.Length)];
            bytes = bytes[part.Length..];
            if (part.Length > 0 && await SendAsync(part, interruption) is var sent and not PeerSend.Sent)
                return sent;
            // Another turn of the other end's loop is likely now; the result never depends on it.
            await Task.Yield();
        }

        return PeerSend.Sent;
    }

    /// <summary>Bytes as they are. The limit holds for each 64 KiB, so a slow other end may take its time.</summary>
    public async Task<PeerSend> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken interruption)
    {
        while (!bytes.IsEmpty)
        {
            var chunk = bytes[..Math.Min(ChunkBytes, bytes.Length)];
            bytes = bytes[chunk.Length..];
            using var limit = Limit(_clock, interruption, out var linked);
            try
            {
                await _stream.WriteAsync(chunk, linked.Token);
                // A stream of HTTP/2 keeps small writes back until it is told.
                await _stream.FlushAsync(linked.Token);
                SentBytes += chunk.Length;
            }
            catch (OperationCanceledException)
            {
                interruption.ThrowIfCancellationRequested();
                return PeerSend.Stalled;
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
            {
                return PeerSend.Gone;
            }
            finally
            {
                linked.Dispose();
            }
        }

        return PeerSend.Sent;
    }

    /// <summary>The next frame as it is; nothing is answered.</summary>
    public Task<PeerRead> ReadAsync(CancellationToken interruption) => ReadAsync(_clock.StepLimit, TimeSpan.MaxValue, interruption);

    /// <summary>The next frame, with a patience of its own: a short one where nothing should come. It holds for the whole frame, however it drips in.</summary>
    public Task<PeerRead> ReadAsync(TimeSpan limit, CancellationToken interruption) => ReadAsync(limit, limit, interruption);

    /// <summary>The next frame, with one limit for each wait and one for all of them; what came of a frame is kept for the next reading.</summary>
    internal async Task<PeerRead> ReadAsync(TimeSpan each, TimeSpan whole, CancellationToken interruption)
    {
        var start = _clock.Time.GetTimestamp();
        while (true)
        {
            if (!FrameSeen.TryRead(_held.AsSpan(_start, _end - _start), out var frame, out var taken))
                return new PeerRead(null, PeerEnd.Unreadable);
            _start += taken;
            if (frame is not null)
            {
                GotClose |= frame.Opcode == (int)Opcode.Close;
                return new PeerRead(frame, PeerEnd.None);
            }

            if (await FillAsync(Least(each, whole - _clock.Time.GetElapsedTime(start)), interruption) is var end and not PeerEnd.None)
                return new PeerRead(null, end);
        }
    }

    /// <summary>Some more bytes into <see cref="Unread"/>, whatever they are.</summary>
    /// <returns><see cref="PeerEnd.None"/> when some came.</returns>
    public Task<PeerEnd> ReceiveAsync(TimeSpan limit, CancellationToken interruption) => FillAsync(limit, interruption);

    /// <summary>All frames until a close frame and what follows it, or until the connection ends or falls silent.</summary>
    /// <param name="answerClose">A close frame gets the same code back, as RFC 6455 §5.5.1 wants it.</param>
    public async Task<PeerEnding> ReadToEndAsync(bool answerClose, CancellationToken interruption)
    {
        List<FrameSeen> frames = [];
        FrameSeen? close = null;
        while (true)
        {
            var read = await ReadAsync(interruption);
            if (read.Frame is not { } frame)
                return new PeerEnding(frames, close, read.End);
            frames.Add(frame);
            if (frame.Opcode != (int)Opcode.Close || close is not null)
                continue;
            close = frame;
            if (answerClose)
                await SendAsync(RawFrame.Close(frame.Payload.Length >= 2 ? frame.Payload[..2] : []), interruption);
        }
    }

    /// <summary>The head of an answer; what follows it stays to be read. The limit holds for the whole head: one that drips in would never end.</summary>
    public async Task<AnswerRead> ReadAnswerAsync(CancellationToken interruption)
    {
        var start = _clock.Time.GetTimestamp();
        while (true)
        {
            var read = ResponseHeadParser.TryParse(_held.AsSpan(_start, _end - _start), MaxHeadBytes, out var head, out var taken);
            _start += taken;
            if (read == HeadRead.Complete)
                return new AnswerRead(head, PeerEnd.None);
            if (read != HeadRead.NeedMore)
                return new AnswerRead(null, PeerEnd.Unreadable);
            if (await FillAsync(_clock.StepLimit - _clock.Time.GetElapsedTime(start), interruption) is var end and not PeerEnd.None)
                return new AnswerRead(null, end);
        }
    }

    /// <summary>The head of a request; what follows it stays to be read.</summary>
    public async Task<RequestRead> ReadRequestAsync(CancellationToken interruption)
    {
        while (true)
        {
            var read = RequestHeadParser.TryParse(_held.AsSpan(_start, _end - _start), MaxHeadBytes, "http", out var head, out var taken);
            _start += taken;
            if (read == HeadRead.Complete)
                return new RequestRead(head, PeerEnd.None);
            if (read != HeadRead.NeedMore)
                return new RequestRead(null, PeerEnd.Unreadable);
            if (await FillAsync(_clock.StepLimit, interruption) is var end and not PeerEnd.None)
                return new RequestRead(null, end);
        }
    }

    /// <summary>Says that no more will be sent (FIN); reading goes on.</summary>
    public void HalfClose()
    {
        try
        {
            Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The connection has ended already, at the other end or by us: there is nothing left to close.
        }
    }

    /// <summary>Tears the connection down (RST): no close frame, no FIN.</summary>
    public void Reset()
    {
        Socket.LingerState = new LingerOption(enable: true, seconds: 0);
        Socket.Close();
    }

    public async ValueTask DisposeAsync()
    {
        _socket?.Dispose();
        await _stream.DisposeAsync();
        if (_reading is { } reading)
            await reading.ContinueWith(static read => _ = read.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    // A read that nobody waits for any more goes on, and the next one takes it over: a cancelled read could lose bytes of TLS.
    private async Task<PeerEnd> FillAsync(TimeSpan limit, CancellationToken interruption)
    {
        if (_ended != PeerEnd.None)
            return _ended;
        if (limit <= TimeSpan.Zero)
            return PeerEnd.Silent;
        try
        {
            _reading ??= _stream.ReadAsync(_chunk, CancellationToken.None).AsTask();
            var read = await _reading.WaitAsync(limit, _clock.Time, interruption);
            _reading = null;
            Keep(_chunk.AsSpan(0, read));
            return _ended = read == 0 ? PeerEnd.Fin : PeerEnd.None;
        }
        catch (TimeoutException)
        {
            return PeerEnd.Silent;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            _reading = null;
            return _ended = PeerEnd.Reset;
        }
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        var held = _held.AsSpan(_start, _end - _start);
        if (_end + bytes.Length > _held.Length)
        {
            var target = held.Length + bytes.Length > _held.Length / 2 ? new byte[2 * (held.Length + bytes.Length)] : _held;
            held.CopyTo(target);
            (_held, _start, _end) = (target, 0, held.Length);
        }

        bytes.CopyTo(_held.AsSpan(_end));
        _end += bytes.Length;
    }

    private static CancellationTokenSource Limit(PeerClock clock, CancellationToken interruption, out CancellationTokenSource linked)
    {
        var limit = new CancellationTokenSource(clock.StepLimit, clock.Time);
        linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, interruption);
        return limit;
    }

    private static async Task<SslStream> SecureAsync(SslStream stream, string host, bool anyCertificate, CancellationToken cancellation)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = host, ApplicationProtocols = [SslApplicationProtocol.Http11] };
#pragma warning disable CA5359 // The user asked for it: --insecure.
        if (anyCertificate)
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        await stream.AuthenticateAsClientAsync(options, cancellation);
        return stream;
    }
}
