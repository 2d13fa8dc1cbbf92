using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>What the probe says first.</summary>
public sealed record ProbeHello(
    string Type, string Server, string Attempt, string Protocol, string Scheme, string Host, string Path, string? ClientAddress, IReadOnlyDictionary<string, string> Headers);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ProbeHello))]
internal sealed partial class ProbeJson : JsonSerializerContext;

/// <summary>WS /ws-test: says what the server saw, then echoes (case B2). Open to everyone, so it is small and bounded.</summary>
public sealed class Probe(HeartbeatSettings heartbeat, BuildVersion build, GatewayState state, TimeProvider time) : IDisposable
{
    private const int PieceBytes = 16 * 1024;

    /// <summary>Longer than the 15 minutes that a validator must hold a connection (case D3).</summary>
    private static readonly TimeSpan LongestLife = TimeSpan.FromHours(1);

    private static readonly string[] ShownHeaders =
    [
        "Host", "Origin", "User-Agent", "Connection", "Upgrade", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions",
        "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "Via",
    ];

    private readonly CancellationTokenSource _stop = new();

    /// <summary>Ends all probes, when the gateway stops.</summary>
    public Task StopAsync() => _stop.CancelAsync();

    public void Dispose() => _stop.Dispose();

    public async Task<ConnectionEnd> RunAsync(Passage passage, IClientHandshake client)
    {
        using var socket = WebSocket.CreateFromStream(passage.Client!.Stream, new WebSocketCreationOptions
        {
            IsServer = true,
            KeepAliveInterval = heartbeat.Interval == TimeSpan.Zero ? Timeout.InfiniteTimeSpan : heartbeat.Interval,
            KeepAliveTimeout = heartbeat.Timeout,
        });
        using var life = new CancellationTokenSource(LongestLife, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(life.Token, _stop.Token, client.Gone);
        await socket.SendAsync(Hello(passage), WebSocketMessageType.Text, endOfMessage: true, both.Token);
        passage.Forget();
        try
        {
            return await EchoAsync(socket, both.Token);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            return await EndedAsync(socket, passage, client, e);
        }
    }

    private byte[] Hello(Passage passage)
    {
        var head = passage.Head;
        var shown = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in ShownHeaders)
        {
            // A token in the subprotocol is not echoed.
            if (head.Headers.Joined(name) is { } value)
                shown[name] = name == "Sec-WebSocket-Protocol" && value.Contains("bearer.", StringComparison.Ordinal) ? "***" : value;
        }

        var protocol = head.Kind == HttpKind.Http2 ? "HTTP/2" : "HTTP/1.1";
        return JsonSerializer.SerializeToUtf8Bytes(
            new ProbeHello("hello", $"bascule/{build.Version}", passage.Attempt.Id.ToString(), protocol, head.Scheme, head.Host, passage.Attempt.Path, passage.Attempt.ClientAddress, shown),
            ProbeJson.Default.ProbeHello);
    }

    /// <summary>Sends back each piece as it comes, so that messages of any size need one small buffer; an idle probe holds none.</summary>
    private static async Task<ConnectionEnd> EchoAsync(WebSocket socket, CancellationToken cancellation)
    {
        var counts = new LiveCounts(0, 0, 0, 0);
        while (true)
        {
            var waiting = await socket.ReceiveAsync(Memory<byte>.Empty, cancellation);
            if (waiting.MessageType == WebSocketMessageType.Close)
                return await AnswerCloseAsync(socket, counts, cancellation);
            var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
            try
            {
                var piece = await socket.ReceiveAsync(buffer.AsMemory(), cancellation);
                if (piece.MessageType == WebSocketMessageType.Close)
                    return await AnswerCloseAsync(socket, counts, cancellation);
                await socket.SendAsync(buffer.AsMemory(0, piece.Count), piece.MessageType, piece.EndOfMessage, cancellation);
                var ended = piece.EndOfMessage ? 1 : 0;
                counts = new LiveCounts(counts.MessagesToBackend + ended, counts.MessagesToClient + ended, counts.BytesToBackend + piece.Count, counts.BytesToClient + piece.Count);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private static async Task<ConnectionEnd> AnswerCloseAsync(WebSocket socket, LiveCounts counts, CancellationToken cancellation)
    {
        var code = (int?)socket.CloseStatus ?? 0;
        var text = socket.CloseStatusDescription ?? "";
        await socket.CloseOutputAsync(socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, text, cancellation);
        return new ConnectionEnd(new Ending(EndReasons.ClientClosed, $"with code {code}"), code, text, counts);
    }

    private async Task<ConnectionEnd> EndedAsync(WebSocket socket, Passage passage, IClientHandshake client, Exception cause)
    {
        var reason = state.Stopping ? EndReasons.Draining
            : cause is OperationCanceledException && !client.Gone.IsCancellationRequested ? EndReasons.MaximumAge
            : cause is WebSocketException { WebSocketErrorCode: WebSocketError.Faulted } ? EndReasons.ClientProtocolError
            : EndReasons.ClientLost;
        var text = reason.CloseText(passage.Attempt.Id);
        if (reason != EndReasons.ClientLost)
        {
            var code = reason == EndReasons.Draining ? 1001 : reason.Code;
            await CloseHandshake.SayAsync(passage.Client!.Stream, code, text, TimeSpan.FromSeconds(1), time);
            return new ConnectionEnd(new Ending(reason), code, text, default);
        }

        return new ConnectionEnd(new Ending(reason, cause.Message), 0, "", default);
    }
}
