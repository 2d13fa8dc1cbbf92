using System.Buffers.Binary;
using System.Net.Sockets;
using System.Threading.Channels;
using Bascule.Testing;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway.Tests;

/// <summary>A frame that a test may keep.</summary>
internal sealed record KeptFrame(byte Kind, byte[] Payload, SafeSocketHandle? Descriptor, bool DescriptorLost);

/// <summary>Keeps what its links tell it.</summary>
internal sealed class KeepingReceiver : IHandoverReceiver
{
    private readonly Channel<HandoverLink> _opened = Channel.CreateUnbounded<HandoverLink>();
    private readonly Channel<KeptFrame> _frames = Channel.CreateUnbounded<KeptFrame>();
    private readonly Channel<string> _closed = Channel.CreateUnbounded<string>();

    /// <summary>Before a frame is kept; may hold the link up, or fail.</summary>
    internal Action<HandoverFrame> Before { get; init; } = _ => { };

    public void Opened(HandoverLink link) => _opened.Writer.TryWrite(link);

    public void Received(HandoverLink link, HandoverFrame frame)
    {
        Before(frame);
        _frames.Writer.TryWrite(new KeptFrame(frame.Kind, frame.Payload.ToArray(), frame.Descriptor, frame.DescriptorLost));
    }

    public void Closed(HandoverLink link, string reason) => _closed.Writer.TryWrite(reason);

    internal Task<HandoverLink> OpenedAsync() => _opened.Reader.ReadAsync().Soon();

    internal Task<KeptFrame> FrameAsync() => _frames.Reader.ReadAsync().Soon();

    internal Task<string> ClosedAsync() => _closed.Reader.ReadAsync().Soon();

    internal bool NothingCame => !_frames.Reader.TryPeek(out _);

    internal bool NothingOpened => !_opened.Reader.TryPeek(out _);
}

/// <summary>A shard that listens, in a folder of its own, and whatever connects to it.</summary>
internal sealed class LinkBench : IAsyncDisposable
{
    internal const string Token = "a token that is long enough";

    private readonly SocketFolder _folder = new();
    private readonly CapturedLog _log = new();
    private readonly List<HandoverDialer> _dialers = [];
    private HandoverListener? _listener;

    internal KeepingReceiver Shard { get; init; } = new();

    internal KeepingReceiver Gateway { get; init; } = new();

    internal HandoverTerms Terms { get; init; } = new(Token);

    internal TimeProvider Time { get; init; } = TimeProvider.System;

    internal CapturedLog Log => _log;

    internal string Path => _folder.Path;

    internal HandoverListener Listener => _listener!;

    internal LinkBench Listen()
    {
        _listener = HandoverListener.Open(Path, Terms, Shard, ((ILoggerProvider)_log).CreateLogger("shard"), Time);
        return this;
    }

    internal async Task StopListeningAsync()
    {
        await _listener!.DisposeAsync().AsTask().Soon();
        _listener = null;
    }

    internal HandoverDialer Dial(HandoverTerms? terms = null)
    {
        var dialer = new HandoverDialer(Path, terms ?? Terms, Gateway, ((ILoggerProvider)_log).CreateLogger("gateway"), Time);
        _dialers.Add(dialer);
        return dialer;
    }

    /// <summary>Both ends of a link.</summary>
    internal async Task<(HandoverLink Gateway, HandoverLink Shard)> LinkAsync()
    {
        Listen();
        Dial();
        return (await Gateway.OpenedAsync(), await Shard.OpenedAsync());
    }

    /// <summary>Somebody who connects by hand.</summary>
    internal Socket Connect()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(Path));
        return socket;
    }

    /// <summary>Somebody who shows the token, and is taken for a gateway.</summary>
    internal async Task<Socket> GreetAsync()
    {
        var socket = Connect();
        socket.Send(Greeting.Of(Token));
        socket.HearInPlace(12);
        await Shard.OpenedAsync();
        return socket;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var dialer in _dialers)
            await dialer.DisposeAsync().AsTask().Soon();
        if (_listener is not null)
            await _listener.DisposeAsync().AsTask().Soon();
        _folder.Dispose();
        _log.Dispose();
    }
}

/// <summary>What a link begins with, and its frames, written by hand: a second opinion on the format.</summary>
internal static class Greeting
{
    internal static byte[] Of(string token, ushort version = 1, string magic = "bascule>") =>
        [.. System.Text.Encoding.ASCII.GetBytes(magic), .. Number(version), .. Number((ushort)token.Length), .. System.Text.Encoding.ASCII.GetBytes(token)];

    internal static byte[] Frame(byte kind, params byte[] payload) => [.. Length((uint)payload.Length + 1), kind, .. payload];

    internal static byte[] Length(uint length)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, length);
        return bytes;
    }

    private static byte[] Number(ushort number)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, number);
        return bytes;
    }
}
