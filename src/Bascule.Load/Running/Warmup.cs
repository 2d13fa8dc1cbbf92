using System.Net;
using System.Net.Sockets;
using System.Text;
using Bascule.Protocol;

namespace Bascule.Load;

/// <summary>
/// Runs once through all that a run does, against a tiny server in this process. Code is compiled when it first runs: without this the first
/// handshakes and messages would be measured with 20 ms of that in them.
/// </summary>
public static class Warmup
{
    private const int Messages = 200;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>Warms up, then carries the plan out.</summary>
    public static async Task<LoadResult> RunWarmAsync(LoadPlan plan, Action<LoadProgress>? onSecond, TimeProvider time, CancellationToken interruption)
    {
        await RunAsync(plan, time, interruption);
        return await new LoadRun(plan, time).RunAsync(onSecond, interruption);
    }

    /// <summary>Where this fails nothing is lost but the warmth, so it says nothing.</summary>
    private static async Task RunAsync(LoadPlan plan, TimeProvider time, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener, plan.Size, plan.Mode == LoadMode.Echo ? Messages : 0, both.Token);
        var url = new Uri($"ws://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        var small = new LoadPlan
        {
            Targets = [new LoadTarget("warm-up", [url])],
            Mode = plan.Mode == LoadMode.Echo ? LoadMode.Echo : LoadMode.Idle,
            Connections = 1,
            Ramp = plan.Ramp is null ? null : 1000,
            Rate = plan is { Mode: LoadMode.Echo, Rate: not null } ? Messages * 5 : null,
            Size = plan.Size,
            Hold = Limit,
        };
        var running = new LoadRun(small, time).RunAsync(null, both.Token);
        await answering;
        await both.CancelAsync();
        await running;
    }

    /// <summary>Echoes some messages, then hangs up.</summary>
    private static async Task AnswerAsync(TcpListener listener, int size, int messages, CancellationToken cancellation)
    {
        try
        {
            using var client = await listener.AcceptTcpClientAsync(cancellation);
            client.NoDelay = true;
            var stream = client.GetStream();
            var buffer = new byte[Math.Max(4096, MessageStamp.FrameLength(size))];
            var length = 0;
            while (!buffer.AsSpan(0, length).EndsWith("\r\n\r\n"u8) && length < buffer.Length)
                length += await stream.ReadAsync(buffer.AsMemory(length), cancellation) is > 0 and var read ? read : throw new IOException("It ended.");
            var key = Encoding.ASCII.GetString(buffer, 0, length).Split("\r\n").Single(l => l.StartsWith("Sec-WebSocket-Key:", StringComparison.OrdinalIgnoreCase))[18..].Trim();
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {AcceptKey.Compute(key)}\r\n\r\n"), cancellation);
            for (var i = 0; i < messages; i++)
                await EchoAsync(stream, buffer.AsMemory(0, MessageStamp.FrameLength(size)), cancellation);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or InvalidOperationException)
        {
            // Cold is what it would have been without this, too.
        }
    }

    private static async Task EchoAsync(NetworkStream stream, Memory<byte> frame, CancellationToken cancellation)
    {
        await stream.ReadExactlyAsync(frame, cancellation);
        if (FrameHeader.TryRead(frame.Span, out var header) is not { IsComplete: true } || !header.Masked)
            throw new IOException("That is no message of ours.");
        var payload = frame[header.HeaderLength..];
        Masking.Apply(payload.Span, header.MaskKey);
        var answer = FrameHeader.For(header.Opcode, header.PayloadLength, null);
        // In the place of the longer header with its mask: one write, for two would each wait for the other's acknowledgement.
        var start = header.HeaderLength - answer.HeaderLength;
        answer.Write(frame.Span[start..]);
        await stream.WriteAsync(frame[start..], cancellation);
    }
}
