using System.Net;
using System.Net.Sockets;
using System.Text;
using Bascule.Model;
using Bascule.Relay;

namespace Bascule.Gateway.Tests;

/// <summary>A listener with a defect: it throws when it shall open the connection for the first time, or gives a stream that cannot be used.</summary>
internal sealed class FaultyHandshake : IClientHandshake, IDisposable
{
    private readonly TaskCompletionSource<WireAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Socket _nearEnd;
    private readonly bool _failsToAccept;
    private bool _hasFailed;

    internal FaultyHandshake(Ask ask, bool failsToAccept = true)
    {
        _failsToAccept = failsToAccept;
        using var listener = new RawBackend();
        var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        far.Connect(IPAddress.Loopback, listener.Port);
        _nearEnd = listener.Accept();
        FarEnd = new Wire(far);
        var mark = ask.Target.IndexOf('?');
        var headers = new HeaderList();
        foreach (var field in MessageHead.Parse(ask.ToString()).Fields)
            headers.Add(field.Key, field.Value);
        Head = new RequestHead
        {
            Kind = HttpKind.Http11,
            Method = ask.Method,
            Scheme = "http",
            Host = ask.Host!,
            Path = ask.Target[..mark],
            Query = ask.Target[mark..],
            Headers = headers,
        };
    }

    public RequestHead Head { get; }

    public IPEndPoint? Remote => null;

    public bool Http2WebSockets => true;

    public CancellationToken Gone => CancellationToken.None;

    public BareClient? Bare(HeaderList headers) => null;

    /// <summary>What the client was answered at last.</summary>
    internal Task<WireAnswer> Answer => _answer.Task;

    /// <summary>The client's end of the connection.</summary>
    internal Wire FarEnd { get; }

    public Task<RelayEndpoint> AcceptAsync(HeaderList headers)
    {
        if (_failsToAccept && !_hasFailed)
        {
            _hasFailed = true;
            throw new InvalidOperationException("the listener of this test has a defect");
        }

        _answer.SetResult(new WireAnswer(Written(101, headers), ""));
        return Task.FromResult(new RelayEndpoint(_failsToAccept ? new NetworkStream(_nearEnd, ownsSocket: true) : new BrokenStream(), _nearEnd.Dispose));
    }

    public Task RefuseAsync(int status, HeaderList headers, ReadOnlyMemory<byte> body)
    {
        _answer.SetResult(new WireAnswer(Written(status, headers), Encoding.UTF8.GetString(body.Span)));
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        FarEnd.Dispose();
        _nearEnd.Dispose();
    }

    private static MessageHead Written(int status, HeaderList headers) => new($"HTTP/1.1 {status}", [.. headers.AsEnumerable()]);

    /// <summary>Reading meets the defect; writing finds the client gone.</summary>
    private sealed class BrokenStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new InvalidOperationException("the stream of this test has a defect");

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("the client is gone");
    }
}
