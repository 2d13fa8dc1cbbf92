using System.Net.Security;
using System.Text;
using Bascule.Model;

namespace Bascule.Relay;

/// <summary>Thrown where a connection for HTTP/2 is opened; comes back inside what the client of HTTP/2 throws.</summary>
/// <param name="failure">Why the node could not be reached; null: it was reached, and does not speak HTTP/2.</param>
internal sealed class Http2ConnectException(Ending? failure, string words) : IOException(words)
{
    internal Ending? Failure { get; } = failure;
}

/// <summary>A node to which HTTP/2 is spoken: its connections, which many WebSockets share, and what is known of it.</summary>
internal sealed class Http2Node : IDisposable
{
    /// <summary>A node that was updated gets HTTP/2 within this time; until then no attempt pays for asking again.</summary>
    internal static readonly TimeSpan RefusalLasts = TimeSpan.FromMinutes(5);

    private readonly NodeAddress _address;
    private readonly NodeConnector _connector;
    private readonly TimeSpan _connectLimit;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _client;
    private volatile Refused? _refused;
    private volatile bool _speaks;
    private int _uses;
    private long _usedAt;

    private sealed record Refused(string Why, long Since);

    internal Http2Node(NodeAddress address, NodeConnector connector, TimeSpan connectLimit, TimeProvider time)
    {
        _address = address;
        _connector = connector;
        _connectLimit = connectLimit;
        _time = time;
        _usedAt = time.GetTimestamp();
        _client = new HttpMessageInvoker(NewHandler());
    }

    /// <summary>The last connection that had an answer was answered in HTTP/2.</summary>
    internal bool Speaks => _speaks;

    /// <summary>Why HTTP/2 is not tried at the moment; null when it is.</summary>
    internal string? Refusal => _refused is { } refused && _time.GetElapsedTime(refused.Since) < RefusalLasts ? refused.Why : null;

    internal void Refuse(string why) => _refused = new Refused(why, _time.GetTimestamp());

    /// <summary>A dial or a WebSocket begins; the connections are kept until all have ended.</summary>
    internal void Enter() => Interlocked.Increment(ref _uses);

    internal void Leave()
    {
        Volatile.Write(ref _usedAt, _time.GetTimestamp());
        Interlocked.Decrement(ref _uses);
    }

    internal bool IsIdleFor(TimeSpan span) => Volatile.Read(ref _uses) == 0 && _time.GetElapsedTime(Volatile.Read(ref _usedAt)) >= span;

    internal Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation) => _client.SendAsync(request, cancellation);

    public void Dispose() => _client.Dispose();

    private SocketsHttpHandler NewHandler() => new()
    {
        ConnectCallback = (_, cancellation) => ConnectAsync(cancellation),
        // A server takes a limited number of streams on one connection, Kestrel 100: more WebSockets open another one instead of waiting for one to end.
        EnableMultipleHttp2Connections = true,
        // A name that moved is followed: new WebSockets go to a new connection after this time, those on the old one stay.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        // New WebSockets must not go on with a connection that died in silence. By the clock of the system, the only one that it knows.
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
        KeepAlivePingDelay = TimeSpan.FromSeconds(15),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        // Fields pass as they are; nothing is added or followed.
        ActivityHeadersPropagator = null,
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
    };

    /// <summary>TLS is ours too, so that its failures have the same names as everywhere. With it the node says what it speaks; without, its first bytes do.</summary>
    private async ValueTask<Stream> ConnectAsync(CancellationToken cancellation)
    {
        using var deadline = new StepDeadline(_time, cancellation);
        var (connection, failure) = await _connector.ConnectAsync(_address, ConnectionUse.Http2, _connectLimit, deadline);
        if (failure is { } ending)
            throw new Http2ConnectException(ending, ending.ToString());
        if (connection!.Stream is not SslStream tls)
            return new Http2Transport(connection.Stream, isHttp2 => _speaks = isHttp2);
        _speaks = tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2;
        if (_speaks)
            return tls;
        connection.Cut();
        throw new Http2ConnectException(null, "it did not choose h2 in TLS (ALPN)");
    }
}
