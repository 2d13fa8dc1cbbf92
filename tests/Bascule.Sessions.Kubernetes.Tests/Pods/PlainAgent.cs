using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Bascule.Kubernetes.Fake;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>What stands for the agent in a pod: the part of the HTTP API in contract/terminal.md that a runner asks.</summary>
internal sealed class PlainAgent : IPodProcess
{
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<JsonObject> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PodStart _start;
    private readonly Func<int, Task<(int Status, string? Text)>> _recording;
    private int _questions;
    private WebApplication? _app;

    private PlainAgent(PodStart start, Func<int, Task<(int Status, string? Text)>> recording) => (_start, _recording) = (start, recording);

    public Task<int> Exited => _exited.Task;

    public string Log { get; private set; } = "";

    /// <summary>All that run, by session.</summary>
    internal sealed class Yard
    {
        internal ConcurrentDictionary<string, PlainAgent> Agents { get; } = new();

        /// <summary>How the question for the recording of that number, from 1, is answered, and what there is of the twelve bytes that are promised.</summary>
        internal Func<int, Task<(int Status, string? Text)>> Recording { get; init; } = _ => Task.FromResult<(int, string?)>((404, null));

        internal async Task<IPodProcess?> LaunchAsync(PodStart start)
        {
            var agent = new PlainAgent(start, Recording);
            await agent.ListenAsync();
            Agents[start.Environment["BASCULE_SESSION_ID"]] = agent;
            return agent;
        }
    }

    /// <summary>Why it was asked to end its terminal.</summary>
    internal string? Cause { get; private set; }

    /// <summary>How often it was asked for the recording.</summary>
    internal int Questions => _questions;

    /// <summary>It was asked to stay for its recording.</summary>
    internal bool IsKept { get; private set; }

    /// <summary>The terminal ends; the agent stays.</summary>
    internal void End(JsonObject exit) => _ended.TrySetResult(exit);

    /// <summary>The container ends.</summary>
    internal async Task LeaveAsync(int code, string log = "")
    {
        Log = log;
        await _app!.StopAsync(new CancellationToken(canceled: true));
        _exited.TrySetResult(code);
    }

    public Task StopAsync(TimeSpan grace) => LeaveAsync(143);

    private async Task ListenAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Parse(_start.Address), 8686));
        _app = builder.Build();
        _app.Run(AnswerAsync);
        await _app.StartAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var id = _start.Environment["BASCULE_SESSION_ID"];
        if (context.Request.Path == "/health")
            return;
        if (context.Request.Headers.Authorization != $"Bearer {_start.Environment["BASCULE_AGENT_SECRET"]}")
            context.Response.StatusCode = 401;
        else if (context.Request.Method == "DELETE" && context.Request.Path == $"/v1/terminals/{id}")
            (Cause, IsKept, context.Response.StatusCode) = (context.Request.Query["cause"].ToString(), context.Request.Query["keep"] == "true", 204);
        else if (context.Request.Path == $"/v1/terminals/{id}/recording")
            await TellRecordingAsync(context);
        else if (context.Request.Path == "/v1/changes")
            await context.Response.WriteAsync((await ChangesAsync(context, id)).ToJsonString());
        else if (context.Request.Path == $"/v1/terminals/{id}/result" && _ended.Task.IsCompleted)
            await context.Response.WriteAsync("""{"exit":{},"stdout":"b3V0Cg==","stderr":"ZXJyCg==","stdoutBytes":4,"stderrBytes":4,"truncated":true}""");
        else
            context.Response.StatusCode = 404;
    }

    private async Task TellRecordingAsync(HttpContext context)
    {
        (context.Response.StatusCode, var text) = await _recording(Interlocked.Increment(ref _questions));
        if (text is null)
            return;
        context.Response.ContentLength = 12;
        await context.Response.WriteAsync(text);
        await context.Response.Body.FlushAsync();
        if (text.Length < 12)
            context.Abort();
    }

    private async Task<JsonObject> ChangesAsync(HttpContext context, string id)
    {
        var after = int.Parse(context.Request.Query["after"].ToString());
        if (after == 0)
            return new JsonObject { ["last"] = 1, ["changes"] = new JsonArray(new JsonObject { ["number"] = 1, ["kind"] = "started", ["terminal"] = id }) };
        var exit = await _ended.Task.WaitAsync(context.RequestAborted);
        return new JsonObject { ["last"] = 2, ["changes"] = new JsonArray(new JsonObject { ["number"] = 2, ["kind"] = "ended", ["terminal"] = id, ["exit"] = exit.DeepClone() }) };
    }
}
