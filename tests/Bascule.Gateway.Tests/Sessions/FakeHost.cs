using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Bascule.Terminal;
using Bascule.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway.Tests;

/// <summary>A client as it came to the host.</summary>
internal sealed record AttachSeen(WebSocket Socket, TerminalCaller Caller, string Query, IHeaderDictionary Fields, TaskCompletionSource Over)
{
    /// <summary>The gateway leaves as soon as it has answered the close.</summary>
    internal bool IsClosing { get; private set; }

    internal Task SendAsync(byte channel, string text) => Socket.SendAsync(new byte[] { channel }.Concat(Encoding.UTF8.GetBytes(text)).ToArray(), WebSocketMessageType.Binary, true, CancellationToken.None).Soon();

    internal async Task<byte[]> ReadAsync()
    {
        var buffer = new byte[64 * 1024];
        var read = await Socket.ReceiveAsync(buffer, CancellationToken.None).Soon();
        return buffer[..read.Count];
    }

    internal async Task CloseAsync(int code, string reason)
    {
        IsClosing = true;
        try
        {
            await Socket.CloseAsync((WebSocketCloseStatus)code, reason, CancellationToken.None).Soon();
        }
        finally
        {
            Over.TrySetResult();
        }
    }
}

/// <summary>A session host that speaks the API of contract/terminal.md, with no terminal behind it: the test says what happens to each. Its door is the real one.</summary>
internal sealed class FakeHost : IDisposable
{
    internal const string Id = "h-test";

    private const string Key = "the key of the host in the test";

    private readonly WebApplication _app;
    private readonly SealedDoor _door;
    private readonly Process _process;
    private readonly Channel<AttachSeen> _attached = Channel.CreateUnbounded<AttachSeen>();
    private readonly ConcurrentDictionary<string, JsonNode> _terminals = new(StringComparer.Ordinal);
    private readonly List<JsonObject> _changes = [];
    private TaskCompletionSource _changed = New();
    private int _hasHungUp;

    private FakeHost(WebApplication app, TimeProvider time)
    {
        _app = app;
        _door = new SealedDoor(Key, id => _terminals.GetValueOrDefault(id)?["key"]?.GetValue<string>(), time);
        // Stands for the process of the host: a gateway that takes it for hung may kill it.
        _process = Process.Start(new ProcessStartInfo("/bin/sleep", ["3600"]))!;
        app.UseWebSockets();
        app.Run(AnswerAsync);
    }

    /// <summary>The orders that came, by id.</summary>
    internal IReadOnlyDictionary<string, JsonNode> Terminals => _terminals;

    internal ConcurrentQueue<string> Deleted { get; } = [];

    /// <summary>Orders wait for it; null: they are answered at once.</summary>
    internal TaskCompletionSource? Held { get; set; }

    /// <summary>The label with which orders are refused; null: they are not.</summary>
    internal string? Refusal { get; set; }

    internal byte[]? Recording { get; set; }

    internal Uri Url => new(_app.Urls.First());

    /// <param name="folder">Of <c>host.json</c>, where a gateway looks for it.</param>
    internal static async Task<FakeHost> StartAsync(string folder, TimeProvider time)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var host = new FakeHost(builder.Build(), time);
        await host._app.StartAsync().Soon();
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, "host.json");
        var stat = await File.ReadAllTextAsync($"/proc/{host._process.Id}/stat");
        var started = long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19], CultureInfo.InvariantCulture);
        await File.WriteAllTextAsync(file, new JsonObject { ["pid"] = host._process.Id, ["startTime"] = started, ["url"] = host.Url.ToString(), ["id"] = Id, ["key"] = Key }.ToJsonString());
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return host;
    }

    /// <summary>The next client that came in.</summary>
    internal Task<AttachSeen> AttachedAsync() => _attached.Reader.ReadAsync().Soon();

    /// <summary>The terminal ends by itself.</summary>
    internal void End(string id, int code)
    {
        var exit = new JsonObject
        {
            ["cause"] = "exited", ["code"] = code, ["signal"] = null, ["startedAt"] = "2030-01-01T00:00:00Z", ["endedAt"] = "2030-01-01T00:00:01Z",
            ["seconds"] = 1.0, ["outputBytes"] = 4, ["truncated"] = false,
        };
        _terminals[id]["exit"] = exit.DeepClone();
        Tell(id, "ended", exit);
    }

    /// <summary>Another client of it writes.</summary>
    internal void TakeOver(string id, long fence, string user, string before, string attempt) =>
        Tell(id, "writer", null, new JsonObject { ["fence"] = fence, ["user"] = user, ["before"] = before, ["attempt"] = attempt, ["client"] = "192.0.2.7:4711" });

    /// <summary>As if it had never been there.</summary>
    internal void Forget(string id) => _terminals.TryRemove(id, out _);

    /// <summary>Answers nobody any more; its process still seems to live.</summary>
    internal async Task HangUpAsync()
    {
        if (Interlocked.Exchange(ref _hasHungUp, 1) == 1)
            return;
        Held?.TrySetResult();
        while (_attached.Reader.TryRead(out var seen))
            seen.Over.TrySetResult();
        using var now = new CancellationTokenSource(TimeSpan.Zero, TimeProvider.System);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _door.Dispose();
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task AnswerAsync(HttpContext context)
    {
        var parts = context.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts is ["health"])
        {
            await SayAsync(context, 200, """{"status":"healthy"}""");
            return;
        }

        var id = parts is ["v1", "terminals", var named, ..] ? named : null;
        var action = (context.Request.Method, parts) switch
        {
            ("PUT", _) => DoorAction.Create,
            ("DELETE", _) => DoorAction.Delete,
            (_, [_, _, _, "attach"]) => DoorAction.Attach,
            (_, [_, _, _, ..]) => DoorAction.Read,
            _ => DoorAction.List,
        };
        var answer = await _door.CheckAsync(context, id, action);
        if (answer.Refusal is { } refusal)
            await SayAsync(context, refusal.Status, new JsonObject { ["title"] = "refused", ["label"] = refusal.Label, ["detail"] = refusal.Detail }.ToJsonString());
        else
            await ServeAsync(context, parts, id, action, answer.Caller!);
    }

    private Task ServeAsync(HttpContext context, string[] parts, string? id, DoorAction action, TerminalCaller caller) => (action, parts) switch
    {
        (DoorAction.Create, _) => PutAsync(context, id!),
        (DoorAction.Attach, _) => AttachAsync(context, caller),
        (_, [_, "changes"]) => ChangesAsync(context),
        (DoorAction.List, _) => SayAsync(context, 200, new JsonObject { ["host"] = Id, ["last"] = _changes.Count, ["terminals"] = new JsonArray([.. _terminals.Keys.Select(key => Describe(key))]) }.ToJsonString()),
        _ when !_terminals.ContainsKey(id!) => SayAsync(context, 404, """{"label":"session_not_found"}"""),
        (DoorAction.Delete, _) => DeleteAsync(context, id!),
        (_, [_, _, _, "result"]) => ResultAsync(context, id!),
        (_, [_, _, _, "recording"]) => RecordingAsync(context),
        _ => SayAsync(context, 200, Describe(id!).ToJsonString()),
    };

    private async Task PutAsync(HttpContext context, string id)
    {
        var order = (await JsonNode.ParseAsync(context.Request.Body))!;
        if (Held is { } held)
            await held.Task;
        if (Refusal is { } label)
        {
            await SayAsync(context, 422, new JsonObject { ["label"] = label, ["detail"] = "There is no such program: gam." }.ToJsonString());
            return;
        }

        _terminals[id] = order;
        await SayAsync(context, 201, Describe(id).ToJsonString());
        Tell(id, "started", null);
    }

    private async Task DeleteAsync(HttpContext context, string id)
    {
        Deleted.Enqueue(id);
        _terminals.TryRemove(id, out _);
        context.Response.StatusCode = 204;
        await context.Response.CompleteAsync();
    }

    private async Task AttachAsync(HttpContext context, TerminalCaller caller)
    {
        var offered = context.WebSockets.WebSocketRequestedProtocols;
        using var socket = await context.WebSockets.AcceptWebSocketAsync(offered.Count > 0 ? offered[0] : null);
        var seen = new AttachSeen(socket, caller, context.Request.QueryString.Value ?? "", context.Request.Headers, New());
        _attached.Writer.TryWrite(seen);
        try
        {
            await seen.Over.Task.WaitAsync(context.RequestAborted);
        }
        catch (OperationCanceledException) when (seen.IsClosing)
        {
            await seen.Over.Task;
        }
    }

    private async Task ChangesAsync(HttpContext context)
    {
        var after = int.Parse(context.Request.Query["after"]!, CultureInfo.InvariantCulture);
        while (true)
        {
            Task changed;
            lock (_changes)
            {
                changed = _changed.Task;
                if (_changes.Count > after)
                    break;
            }

            await changed.WaitAsync(context.RequestAborted);
        }

        JsonArray news;
        lock (_changes)
            news = new JsonArray([.. _changes.Skip(after).Select(c => c.DeepClone())]);
        await SayAsync(context, 200, new JsonObject { ["host"] = Id, ["last"] = after + news.Count, ["lost"] = false, ["changes"] = news }.ToJsonString());
    }

    private Task ResultAsync(HttpContext context, string id) => SayAsync(context, 200, new JsonObject
    {
        ["exit"] = _terminals[id]["exit"]?.DeepClone(), ["stdout"] = Convert.ToBase64String("out\n"u8), ["stderr"] = Convert.ToBase64String("err\n"u8),
        ["stdoutBytes"] = 4, ["stderrBytes"] = 4, ["truncated"] = false,
    }.ToJsonString());

    private async Task RecordingAsync(HttpContext context)
    {
        if (Recording is null)
            await SayAsync(context, 404, """{"label":"no_recording"}""");
        else
            await context.Response.Body.WriteAsync(Recording);
    }

    private JsonObject Describe(string id) => new()
    {
        ["id"] = id, ["state"] = _terminals[id]["exit"] is null ? "running" : "ended", ["exit"] = _terminals[id]["exit"]?.DeepClone(),
    };

    private void Tell(string id, string kind, JsonObject? exit, JsonObject? writer = null)
    {
        lock (_changes)
        {
            _changes.Add(new JsonObject { ["number"] = _changes.Count + 1, ["kind"] = kind, ["terminal"] = id, ["at"] = "2030-01-01T00:00:00Z", ["exit"] = exit, ["writer"] = writer });
            _changed.TrySetResult();
            _changed = New();
        }
    }

    private static Task SayAsync(HttpContext context, int status, string json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json);
    }
}
