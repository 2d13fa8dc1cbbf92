using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Logging;

namespace Bascule.Sessions.Tests;

/// <summary>A session host that speaks the API of contract/terminal.md and starts nothing. Its pid is that of a program of its own, which can be killed.</summary>
internal sealed class FakeHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, JsonObject> _terminals = new(StringComparer.Ordinal);
    private readonly List<JsonObject> _changes = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _first = 1;

    private FakeHost(string id)
    {
        Id = id;
        Key = Guid.NewGuid().ToString("n");
        _process = Process.Start(new ProcessStartInfo("sleep", ["3600"]))!;
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Use(CheckAsync);
        _app.MapPut("/v1/terminals/{id}", OrderAsync);
        _app.MapGet("/v1/terminals", List);
        _app.MapDelete("/v1/terminals/{id}", End);
        _app.MapGet("/v1/terminals/{id}/result", Result);
        _app.MapGet("/v1/changes", ChangesAsync);
    }

    internal string Id { get; }

    internal string Key { get; }

    internal Uri Url => new(_app.Urls.First());

    internal int Pid => _process.Id;

    /// <summary>The orders that came, by id.</summary>
    internal ConcurrentDictionary<string, JsonNode> Orders { get; } = new(StringComparer.Ordinal);

    /// <summary>The terminals that were deleted, with the causes.</summary>
    internal ConcurrentQueue<(string Id, string? Cause)> Ends { get; } = new();

    /// <summary>Notes that were shown in place of the key, with the path of the request.</summary>
    internal ConcurrentQueue<(string Note, string Path)> Notes { get; } = new();

    internal ConcurrentDictionary<string, (string Out, string Err, bool Truncated)> Results { get; } = new(StringComparer.Ordinal);

    internal int Lists { get; private set; }

    /// <summary>Set: what every order is refused with.</summary>
    internal (int Status, string Label, string Detail)? Refusal { get; set; }

    /// <summary>Set: what every request is answered with.</summary>
    internal int? Broken { get; set; }

    /// <summary>Kills the host in the middle of the next order.</summary>
    internal bool DiesAtOrder { get; set; }

    internal static async Task<FakeHost> StartAsync(string folder, string id)
    {
        var host = new FakeHost(id);
        await host._app.StartAsync();
        host.Write(folder);
        return host;
    }

    internal bool Has(SessionId id)
    {
        lock (_gate)
            return _terminals.ContainsKey(id.ToString());
    }

    internal void Add(SessionId id)
    {
        lock (_gate)
        {
            _terminals[id.ToString()] = new JsonObject { ["id"] = id.ToString(), ["state"] = "running", ["exit"] = null };
            Change("started", id.ToString());
        }
    }

    internal void Exit(SessionId id, string cause, int? code = null, string? signal = null)
    {
        lock (_gate)
        {
            var exit = new JsonObject { ["cause"] = cause, ["code"] = code, ["signal"] = signal, ["startedAt"] = "2030-01-01T00:00:00Z", ["endedAt"] = "2030-01-01T00:00:02.5Z" };
            _terminals[id.ToString()]["state"] = "ended";
            _terminals[id.ToString()]["exit"] = exit;
            Change("ended", id.ToString(), exit.DeepClone());
        }
    }

    /// <summary>It is not there any more, and nobody is told.</summary>
    internal void Vanish(SessionId id)
    {
        lock (_gate)
            _terminals.Remove(id.ToString());
    }

    /// <summary>The host remembers no changes but the next one.</summary>
    internal void ForgetChanges()
    {
        lock (_gate)
        {
            // Two changes that were not told to anybody: who asks for what came after the last one he knows has missed them.
            _first += _changes.Count + 2;
            _changes.Clear();
            Wake();
        }
    }

    /// <summary>The host dies as by SIGKILL: its connections break.</summary>
    internal async Task DieAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        Wake();
        await _app.StopAsync(now.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await DieAsync();
        _process.Dispose();
        await _app.DisposeAsync();
    }

    private void Write(string folder)
    {
        var stat = File.ReadAllText($"/proc/{Pid}/stat");
        var startTime = long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19]);
        var path = Path.Combine(folder, "host.json");
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        JsonSerializer.Serialize(file, new { pid = Pid, startTime, url = Url, id = Id, key = Key });
    }

    private async Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Headers["Bascule-Terms"] is [{ } note])
            Notes.Enqueue((note, context.Request.Path));
        else if (context.Request.Headers.Authorization != $"Bearer {Key}")
            context.Response.StatusCode = 401;
        if (Broken is { } status)
            context.Response.StatusCode = status;
        if (context.Response.StatusCode == 200)
            await next(context);
    }

    private async Task<IResult> OrderAsync(string id, HttpContext context)
    {
        var order = (await JsonNode.ParseAsync(context.Request.Body))!;
        if (DiesAtOrder)
        {
            _ = Task.Run(DieAsync);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        }

        if (Refusal is { } refusal)
            return Problem(refusal);
        lock (_gate)
        {
            if (_terminals.ContainsKey(id))
                return Problem((409, "terminal_exists", "It is there already."));
            Orders[id] = order;
        }

        Assert.True(SessionId.TryParse(id, out var session));
        Add(session);
        return TypedResults.StatusCode(201);
    }

    private static JsonHttpResult<Refused> Problem((int Status, string Label, string Detail) problem) =>
        TypedResults.Json(new Refused("Refused", problem.Status, problem.Detail, problem.Label), contentType: "application/problem+json", statusCode: problem.Status);

    private ContentHttpResult List()
    {
        lock (_gate)
        {
            Lists++;
            return TypedResults.Text(
                new JsonObject { ["host"] = Id, ["last"] = _first + _changes.Count - 1, ["terminals"] = new JsonArray([.. _terminals.Values.Select(t => t.DeepClone())]) }.ToJsonString(),
                "application/json");
        }
    }

    private IResult End(string id, string? cause)
    {
        lock (_gate)
        {
            Ends.Enqueue((id, cause));
            if (!_terminals.Remove(id))
                return Problem((404, "session_not_found", "There is none."));
            Change("forgotten", id);
            return TypedResults.NoContent();
        }
    }

    private IResult Result(string id)
    {
        lock (_gate)
        {
            if (!_terminals.TryGetValue(id, out var terminal))
                return Problem((404, "session_not_found", "There is none."));
            if (!Results.TryGetValue(id, out var result))
                return TypedResults.StatusCode(202);
            return TypedResults.Json(new
            {
                exit = (object?)terminal["exit"], stdout = System.Text.Encoding.UTF8.GetBytes(result.Out), stderr = System.Text.Encoding.UTF8.GetBytes(result.Err), truncated = result.Truncated,
            });
        }
    }

    private async Task<IResult> ChangesAsync(long after, int wait, HttpContext context)
    {
        Assert.InRange(wait, 0, 55);
        Task changed;
        lock (_gate)
            changed = _first + _changes.Count - 1 > after ? Task.CompletedTask : _changed.Task;
        await changed.WaitAsync(context.RequestAborted);
        lock (_gate)
        {
            var last = _first + _changes.Count - 1;
            var isLost = after < _first - 1;
            var news = isLost ? [] : _changes.Skip((int)(after - _first + 1)).Select(change => change.DeepClone()).ToArray();
            return TypedResults.Text(new JsonObject { ["host"] = Id, ["last"] = last, ["lost"] = isLost, ["changes"] = new JsonArray(news) }.ToJsonString(), "application/json");
        }
    }

    private void Change(string kind, string terminal, JsonNode? exit = null)
    {
        _changes.Add(new JsonObject { ["number"] = _first + _changes.Count, ["kind"] = kind, ["terminal"] = terminal, ["exit"] = exit });
        Wake();
    }

    private sealed record Refused(string Title, int Status, string Detail, string Label);

    private void Wake()
    {
        lock (_gate)
        {
            _changed.TrySetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
