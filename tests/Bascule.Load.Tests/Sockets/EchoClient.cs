using System.Threading.Channels;
using Bascule.Testing;

namespace Bascule.Load.Tests;

/// <summary>Reads a socket, keeps what came, and sends stamped messages.</summary>
public sealed class EchoClient : ISocketWatcher, IAsyncDisposable
{
    private const uint Connection = 77;

    private readonly Channel<byte[]> _messages = Channel.CreateUnbounded<byte[]>();
    private uint _sequence;

    private EchoClient(LoadSocket socket, ReadPace? pace, CancellationToken cancellation)
    {
        Socket = socket;
        Ended = socket.ReadAsync(this, pace, cancellation);
    }

    public LoadSocket Socket { get; }

    public Task<SocketEnd> Ended { get; }

    public bool WasText { get; private set; }

    /// <summary>Messages that nobody has taken yet.</summary>
    public int Waiting => _messages.Reader.Count;

    /// <summary>Reads from now on.</summary>
    public static EchoClient On(LoadSocket socket, ReadPace? pace = null, CancellationToken cancellation = default) => new(socket, pace, cancellation);

    /// <summary>Sends one message; the number that it has.</summary>
    public async Task<uint> SendAsync(int size)
    {
        var sequence = Interlocked.Increment(ref _sequence);
        var frame = new byte[MessageStamp.FrameLength(size)];
        MessageStamp.WriteFrame(frame, size, Connection, sequence, maskKey: 0xA1B2C3D4);
        await Socket.SendAsync(frame, CancellationToken.None).AsTask().Soon();
        return sequence;
    }

    public async Task<byte[]> MessageAsync() => await _messages.Reader.ReadAsync().Soon();

    /// <summary>Takes all that is there and says how many.</summary>
    public int TakeAll()
    {
        var count = 0;
        while (_messages.Reader.TryRead(out _))
            count++;
        return count;
    }

    /// <summary>The next message must be the echo of this one.</summary>
    public async Task ExpectAsync(uint sequence, int size)
    {
        var message = await MessageAsync();
        Assert.Equal(StampRead.Good, MessageStamp.Read(message, out var connection, out var seen));
        Assert.Equal((Connection, sequence, size), (connection, seen, message.Length));
    }

    public async Task RoundTripAsync(int size) => await ExpectAsync(await SendAsync(size), size);

    void ISocketWatcher.Message(ReadOnlySpan<byte> payload, bool isText)
    {
        WasText = isText;
        _messages.Writer.TryWrite(payload.ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        await Socket.DisposeAsync();
        await Task.WhenAny(Ended);
    }
}
