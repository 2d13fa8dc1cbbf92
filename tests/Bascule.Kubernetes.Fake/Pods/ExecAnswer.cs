using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Bascule.Kubernetes.Fake;

/// <summary>Exec over a WebSocket: runs the command as a process of this machine, with pipes also where a terminal was asked for.</summary>
internal sealed class ExecAnswer(ObjectStore store, ApiRequest request, HttpContext context) : IDisposable
{
    private const string V5 = "v5.channel.k8s.io";
    private const string V4 = "v4.channel.k8s.io";
    private const byte Close = 255;

    private readonly SemaphoreSlim _sending = new(1, 1);

    public void Dispose() => _sending.Dispose();

    /// <param name="knowsV5">An API server before 1.30 does not.</param>
    internal async Task RunAsync(bool knowsV5)
    {
        var pod = store.Find(request.Kind, request.Space, request.Name!) ?? throw ApiException.NotFound(request.Kind, request.Name!);
        var query = context.Request.Query;
        if (query["container"].ToString() is { Length: > 0 } container && pod.Items("spec", "containers").All(one => one.Text("name") != container))
            throw ApiException.BadRequest($"container {container} is not valid for pod {request.Name}");
        if (!context.WebSockets.IsWebSocketRequest)
            throw ApiException.BadRequest("Upgrade request required");
        var offered = context.WebSockets.WebSocketRequestedProtocols;
        var protocol = knowsV5 && offered.Contains(V5) ? V5 : offered.Contains(V4) ? V4
            : throw ApiException.BadRequest("unable to upgrade: no subprotocol in common");
        using var socket = await context.WebSockets.AcceptWebSocketAsync(protocol);
        var status = await PlayAsync(socket, pod, query, protocol);
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

    private async Task<JsonObject> PlayAsync(WebSocket socket, JsonObject pod, IQueryCollection query, string protocol)
    {
        var command = query["command"].Select(word => word ?? "").ToList();
        var info = new ProcessStartInfo(command[0]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in command.Skip(1))
            info.ArgumentList.Add(word);
        foreach (var (name, value) in PodStart.Of(pod, "").Environment)
            info.Environment[name] = value;
        Process process;
        try
        {
            process = Process.Start(info)!;
        }
        catch (Win32Exception fault)
        {
            return Failure("InternalError", $"error executing command in container: {fault.Message}", null);
        }

        using (process)
        {
            if (query["stdin"] != "true")
                process.StandardInput.Close();
            using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
            var input = ReadInputAsync(socket, process, protocol, end.Token);
            await Task.WhenAll(
                CopyAsync(socket, 1, process.StandardOutput.BaseStream),
                CopyAsync(socket, (byte)(query["tty"] == "true" ? 1 : 2), process.StandardError.BaseStream));
            await process.WaitForExitAsync();
            var code = process.ExitCode;
            _ = input.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return code == 0
                ? new JsonObject { ["metadata"] = new JsonObject(), ["status"] = "Success" }
                : Failure("NonZeroExitCode", $"command terminated with non-zero exit code: {code}", code);
        }
    }

    private static async Task ReadInputAsync(WebSocket socket, Process process, string protocol, CancellationToken cancellation)
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
                await TakeAsync(message.ToArray(), process, protocol);
            }

            process.StandardInput.Close();
        }
        catch (Exception fault) when (fault is WebSocketException or OperationCanceledException or IOException or InvalidOperationException or ObjectDisposedException)
        {
            // The client went, or the program reads no more.
        }
    }

    private static async Task TakeAsync(byte[] message, Process process, string protocol)
    {
        if (message is [0, .. var input] && input.Length > 0)
        {
            await process.StandardInput.BaseStream.WriteAsync(input);
            await process.StandardInput.BaseStream.FlushAsync();
        }
        else if (protocol == V5 && message is [Close, 0])
        {
            process.StandardInput.Close();
        }
    }

    private async Task CopyAsync(WebSocket socket, byte channel, Stream output)
    {
        var buffer = new byte[1 << 14];
        int count;
        while ((count = await output.ReadAsync(buffer)) > 0)
        {
            try
            {
                await SendAsync(socket, channel, buffer.AsMemory(0, count));
            }
            catch (Exception fault) when (fault is WebSocketException or OperationCanceledException)
            {
                // As with real pods, the program goes on; its output has nobody.
            }
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
