using System.ComponentModel;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Bascule.Terminal;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Bascule.Kubernetes.Fake;

/// <summary>Exec over a WebSocket: runs the command as a process of this machine, on a terminal where one was asked for.</summary>
internal sealed class ExecAnswer(ObjectStore store, ApiRequest request, HttpContext context, FakeOptions options) : IDisposable
{
    private const string V5 = "v5.channel.k8s.io";
    private const string V4 = "v4.channel.k8s.io";
    private const byte Resize = 4;
    private const byte Close = 255;

    private readonly SemaphoreSlim _sending = new(1, 1);

    private CancellationToken Stopping => context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

    public void Dispose() => _sending.Dispose();

    internal async Task RunAsync()
    {
        var pod = store.Find(request.Kind, request.Space, request.Name!) ?? throw ApiException.NotFound(request.Kind, request.Name!);
        var query = context.Request.Query;
        if (query["container"].ToString() is { Length: > 0 } container && pod.Items("spec", "containers").All(one => one.Text("name") != container))
            throw ApiException.BadRequest($"container {container} is not valid for pod {request.Name}");
        if (!context.WebSockets.IsWebSocketRequest)
            throw ApiException.BadRequest("Upgrade request required");
        var offered = context.WebSockets.WebSocketRequestedProtocols;
        var protocol = options.KnowsV5 && offered.Contains(V5) ? V5 : offered.Contains(V4) ? V4
            : throw ApiException.BadRequest("unable to upgrade: no subprotocol in common");
        using var socket = await context.WebSockets.AcceptWebSocketAsync(protocol);
        var status = await PlayAsync(socket, pod, protocol);
        if (Stopping.IsCancellationRequested)
        {
            // A server that goes away says nothing of what it ran.
            context.Abort();
            return;
        }

        try
        {
            await SendAsync(socket, 3, Encoding.UTF8.GetBytes(status.ToJsonString()));
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
        }
        catch (Exception fault) when (fault is WebSocketException or OperationCanceledException)
        {
            // The client went before its end.
        }
    }

    private async Task<JsonObject> PlayAsync(WebSocket socket, JsonObject pod, string protocol)
    {
        var query = context.Request.Query;
        IExecProgram program;
        try
        {
            List<string> command = [.. query["command"].Select(word => word ?? "")];
            var environment = PodStart.Of(pod, "").Environment;
            program = query["tty"] == "true" ? new TerminalProgram(command, environment, options.Time) : new PipedProgram(command, environment);
        }
        catch (Exception fault) when (fault is Win32Exception or TerminalStartException)
        {
            return Failure("InternalError", $"error executing command in container: {fault.Message}", null);
        }

        await using (program)
        {
            if (query["stdin"] != "true")
                program.CloseInput();
            using var over = CancellationTokenSource.CreateLinkedTokenSource(Stopping);
            using var killing = over.Token.Register(program.Kill);
            var watching = WatchAsync(pod, program, over.Token);
            var input = ReadInputAsync(socket, program, protocol, context.RequestAborted);
            var code = await program.RunAsync((channel, content) => PassAsync(socket, channel, content));
            _ = input.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await killing.DisposeAsync();
            await over.CancelAsync();
            await watching;
            return code == 0
                ? new JsonObject { ["metadata"] = new JsonObject(), ["status"] = "Success" }
                : Failure("NonZeroExitCode", $"command terminated with non-zero exit code: {code}", code);
        }
    }

    /// <summary>What runs in a container ends with it.</summary>
    private async Task WatchAsync(JsonObject pod, IExecProgram program, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            var changed = store.ChangedAsync();
            if (store.Find(request.Kind, request.Space, request.Name!).Text("metadata", "uid") != pod.Text("metadata", "uid"))
            {
                program.Kill();
                return;
            }

            await changed.WaitAsync(over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task ReadInputAsync(WebSocket socket, IExecProgram program, string protocol, CancellationToken cancellation)
    {
        var buffer = new byte[1 << 16];
        try
        {
            while (true)
            {
                using var message = new MemoryStream();
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await socket.ReceiveAsync(buffer.AsMemory(), cancellation);
                    message.Write(buffer, 0, part.Count);
                }
                while (!part.EndOfMessage);
                if (part.MessageType == WebSocketMessageType.Close)
                    break;
                await TakeAsync(message.ToArray(), program, protocol);
            }

            program.CloseInput();
        }
        catch (Exception fault) when (fault is WebSocketException or OperationCanceledException or IOException or InvalidOperationException or ObjectDisposedException)
        {
            // The client went, or the program reads no more.
        }
    }

    private static async Task TakeAsync(byte[] message, IExecProgram program, string protocol)
    {
        if (message is [0, .. var input] && input.Length > 0)
            await program.WriteAsync(input);
        else if (message is [Resize, .. var size] && JsonNode.Parse(size) is JsonObject wanted)
            program.Resize(wanted.Number("Width") ?? 0, wanted.Number("Height") ?? 0);
        else if (protocol == V5 && message is [Close, 0])
            program.CloseInput();
    }

    /// <summary>As with real pods, the program goes on when its client has gone; its output has nobody.</summary>
    private async Task PassAsync(WebSocket socket, byte channel, ReadOnlyMemory<byte> content)
    {
        try
        {
            await SendAsync(socket, channel, content);
        }
        catch (Exception fault) when (fault is WebSocketException or OperationCanceledException)
        {
            // Nobody is there.
        }
    }

    private async Task SendAsync(WebSocket socket, byte channel, ReadOnlyMemory<byte> content)
    {
        await _sending.WaitAsync();
        try
        {
            byte[] message = [channel, .. content.Span];
            await socket.SendAsync(message, WebSocketMessageType.Binary, true, context.RequestAborted);
        }
        finally
        {
            _sending.Release();
        }
    }

    private static JsonObject Failure(string reason, string message, int? code)
    {
        var status = new JsonObject { ["metadata"] = new JsonObject(), ["status"] = "Failure", ["message"] = message, ["reason"] = reason };
        if (code is { } number)
        {
            status["details"] = new JsonObject
            {
                ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ExitCode", ["message"] = number.ToString(CultureInfo.InvariantCulture) }),
            };
        }

        return status;
    }
}
