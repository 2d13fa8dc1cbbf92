using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bascule.Sessions.Kubernetes;

/// <summary>What is to be run in a pod.</summary>
public sealed record PodExecOrder(string Namespace, string Pod, IReadOnlyList<string> Command)
{
    /// <summary>Null: the only one.</summary>
    public string? Container { get; init; }

    public bool Tty { get; init; }

    public bool Input { get; init; } = true;
}

/// <summary>How a command in a pod ended.</summary>
/// <param name="Code">Its exit code; null when it did not run, or was not seen to end.</param>
public sealed record PodExecExit(int? Code, string Text);

/// <summary>Which stream bytes came from. The numbers are those of the protocol.</summary>
public enum ExecChannel
{
    Input = 0,
    Output = 1,
    Errors = 2,
    Status = 3,
    Resize = 4,
    Close = 255,
}

/// <summary>A piece of output that was read.</summary>
public readonly record struct ExecPiece(ExecChannel Channel, int Count);

/// <summary>A command in a pod that has no agent: <c>exec</c> of the Kubernetes API over a WebSocket. One reads, one writes.</summary>
/// <remarks>Source: k8s.io/apimachinery remotecommand, subprotocols v4 and v5. What a cut connection leaves behind in the pod goes on running: the protocol has no end for it.</remarks>
public sealed class PodExec : IAsyncDisposable
{
    private const string V5 = "v5.channel.k8s.io";
    private const string V4 = "v4.channel.k8s.io";
    private const int LongestStatus = 64 << 10;

    /// <summary>Bytes of input in one message: what an agent takes, too.</summary>
    private const int LongestInput = 64 << 10;

    private readonly ClientWebSocket _socket;
    private readonly MemoryStream _status = new();
    private readonly byte[] _first = new byte[1];
    private readonly byte[] _input = new byte[LongestInput + 1];
    private ExecChannel? _reading;

    private PodExec(ClientWebSocket socket) => _socket = socket;

    /// <summary>False under v4: the program never learns that its input is finished, and who needs that must be told.</summary>
    public bool CanCloseInput => _socket.SubProtocol == V5;

    public string Protocol => _socket.SubProtocol ?? "";

    /// <summary>Set when the status came. Still null at the end of the output: the connection was cut, which is no success.</summary>
    public PodExecExit? Exit { get; private set; }

    /// <summary>The address of the exec, relative to the API server.</summary>
    public static string PathOf(PodExecOrder order)
    {
        var path = new StringBuilder($"api/v1/namespaces/{order.Namespace}/pods/{order.Pod}/exec?stdout=true");
        path.Append(order.Input ? "&stdin=true" : "").Append(order.Tty ? "&tty=true" : "&stderr=true");
        if (order.Container is { } container)
            path.Append("&container=").Append(Uri.EscapeDataString(container));
        foreach (var word in order.Command)
            path.Append("&command=").Append(Uri.EscapeDataString(word));
        return path.ToString();
    }

    public static async Task<(PodExec? Exec, KubeError? Error)> OpenAsync(KubeClient client, PodExecOrder order, TimeProvider time, CancellationToken cancellation)
    {
        var path = PathOf(order);
        var address = new UriBuilder(new Uri(client.Server, path)) { Scheme = client.Server.Scheme == "https" ? "wss" : "ws" }.Uri;
        using var limit = new CancellationTokenSource(client.Limits.Call, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        for (var again = false; ; again = true)
        {
            var socket = new ClientWebSocket();
            socket.Options.AddSubProtocol(V5);
            socket.Options.AddSubProtocol(V4);
            socket.Options.CollectHttpResponseDetails = true;
            try
            {
                if (await client.CredentialAsync(again, both.Token) is { } credential)
                    socket.Options.SetRequestHeader("Authorization", credential.ToString());
                if (client.HostHeader is { } host)
                    socket.Options.SetRequestHeader("Host", host);
                await socket.ConnectAsync(address, client.Http, both.Token);
                return (new PodExec(socket), null);
            }
            catch (Exception fault) when (fault is WebSocketException or IOException || (fault is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                using (socket)
                {
                    if (socket.HttpStatusCode == HttpStatusCode.Unauthorized && !again)
                        continue;
                    return (null, await ErrorAsync(client, path, socket, fault, cancellation));
                }
            }
        }
    }

    /// <summary>Reads a piece of output; null at the end: then <see cref="Exit"/> says how it ended.</summary>
    public async ValueTask<ExecPiece?> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                if (_reading is null)
                {
                    if (await BeginAsync(cancellation))
                        continue;
                    return null;
                }

                var part = await _socket.ReceiveAsync(buffer, cancellation);
                var channel = _reading.Value;
                if (part.EndOfMessage)
                    _reading = null;
                if (channel == ExecChannel.Status)
                    TakeStatus(buffer.Span[..part.Count], part.EndOfMessage);
                else if (part.Count > 0 && channel is ExecChannel.Output or ExecChannel.Errors)
                    return new ExecPiece(channel, part.Count);
            }
        }
        catch (WebSocketException)
        {
            // Cut: Exit stays null, which says so.
            return null;
        }
    }

    /// <exception cref="WebSocketException">The connection is gone.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> input, CancellationToken cancellation)
    {
        while (!input.IsEmpty)
        {
            var piece = input[..Math.Min(input.Length, LongestInput)];
            await SendAsync(ExecChannel.Input, piece, cancellation);
            input = input[piece.Length..];
        }
    }

    public ValueTask ResizeAsync(int columns, int rows, CancellationToken cancellation) =>
        SendAsync(ExecChannel.Resize, Encoding.UTF8.GetBytes(new JsonObject { ["Width"] = columns, ["Height"] = rows }.ToJsonString()), cancellation);

    /// <summary>Ends the input. False when the server speaks no v5 and so cannot be told.</summary>
    public async ValueTask<bool> CloseInputAsync(CancellationToken cancellation)
    {
        if (!CanCloseInput)
            return false;
        await SendAsync(ExecChannel.Close, new byte[] { (byte)ExecChannel.Input }, cancellation);
        return true;
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _status.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Reads the byte that says of which channel the next message is. False: the server closed.</summary>
    private async ValueTask<bool> BeginAsync(CancellationToken cancellation)
    {
        var first = await _socket.ReceiveAsync(_first.AsMemory(), cancellation);
        if (first.MessageType == WebSocketMessageType.Close)
            return false;
        if (first.Count == 1 && !first.EndOfMessage)
            _reading = (ExecChannel)_first[0];
        return true;
    }

    private void TakeStatus(ReadOnlySpan<byte> part, bool isEnd)
    {
        if (_status.Length + part.Length <= LongestStatus)
            _status.Write(part);
        if (isEnd)
            Exit = ParseStatus(Encoding.UTF8.GetString(_status.GetBuffer(), 0, (int)_status.Length));
    }

    private static PodExecExit ParseStatus(string text)
    {
        JsonNode? status;
        try
        {
            status = JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return new PodExecExit(null, text);
        }

        if (status.Text("status") == "Success")
            return new PodExecExit(0, "");
        var code = status.Items("details", "causes").FirstOrDefault(cause => cause.Text("reason") == "ExitCode").Text("message");
        return new PodExecExit(int.TryParse(code, out var number) ? number : null, status.Text("message") ?? text);
    }

    private async ValueTask SendAsync(ExecChannel channel, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        _input[0] = (byte)channel;
        content.CopyTo(_input.AsMemory(1));
        await _socket.SendAsync(_input.AsMemory(0, content.Length + 1), WebSocketMessageType.Binary, endOfMessage: true, cancellation);
    }

    /// <summary>The body of a refused handshake is lost, so the same is asked without one: the API server then says what it has against us.</summary>
    private static async Task<KubeError> ErrorAsync(KubeClient client, string path, ClientWebSocket socket, Exception fault, CancellationToken cancellation)
    {
        var status = (int)socket.HttpStatusCode;
        if (status < 400)
            return KubeError.Unreached($"The exec could not be opened: {fault.InnerException?.Message ?? fault.Message}");
        var plain = await client.GetAsync(path, cancellation);
        return plain.Error is { } error && error.Status == status ? error : new KubeError(status, "", $"The API server answered the exec with {status}.", []);
    }
}
