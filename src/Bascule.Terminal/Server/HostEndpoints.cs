using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Logging;

namespace Bascule.Terminal;

/// <summary>The HTTP API of a host, as contract/terminal.md has it. Each request but <c>/health</c> passes the door first.</summary>
internal sealed class HostEndpoints(TerminalTable table, ITerminalDoor door, ILogger log, TimeProvider time)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(55);

    // Gateways ask again at once: a host that ends, which takes seconds, would be asked without a pause.
    private static readonly TimeSpan LongestWaitAtEnd = TimeSpan.FromSeconds(1);

    private static readonly HostRefusal NoSuchAddress = new("not_found", 404, 4404, "There is no such address here.");

    private readonly AttachEndpoint _attach = new(table, log, time);
    private readonly long _started = time.GetTimestamp();
    private long _asked = time.GetTimestamp();

    /// <summary>Since anybody asked anything but <c>/health</c>.</summary>
    internal TimeSpan SinceAsked => time.GetElapsedTime(Interlocked.Read(ref _asked));

    internal async Task AnswerAsync(HttpContext context)
    {
        try
        {
            await RouteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone.
        }
        catch (BadHttpRequestException e)
        {
            await HostAnswers.ProblemAsync(context, new HostRefusal("bad_request", e.StatusCode, 4400, e.Message));
        }
        catch (Exception e)
        {
            log.RequestFault(e, context.Request.Method, context.Request.Path);
            if (!context.Response.HasStarted)
                await HostAnswers.ProblemAsync(context, new HostRefusal("host_fault", 500, 4500, "The host failed; its log says why."));
        }
    }

    private async Task RouteAsync(HttpContext context)
    {
        var parts = context.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts is ["health"])
        {
            await TellHealthAsync(context);
            return;
        }

        Interlocked.Exchange(ref _asked, time.GetTimestamp());
        await ((context.Request.Method, parts) switch
        {
            ("GET", ["v1", "terminals"]) => PassAsync(context, null, DoorAction.List, ListAsync),
            ("GET", ["v1", "changes"]) => PassAsync(context, null, DoorAction.List, TellChangesAsync),
            ("PUT", ["v1", "terminals", var id]) when TerminalId.IsValid(id) => PassAsync(context, id, DoorAction.Create, c => StartAsync(c, id)),
            ("GET", ["v1", "terminals", var id]) when TerminalId.IsValid(id) => PassAsync(context, id, DoorAction.Read, c => ShowAsync(c, id)),
            ("DELETE", ["v1", "terminals", var id]) when TerminalId.IsValid(id) => PassAsync(context, id, DoorAction.Delete, c => DeleteAsync(c, id)),
            ("GET", ["v1", "terminals", var id, "result"]) when TerminalId.IsValid(id) => PassAsync(context, id, DoorAction.Read, c => TellResultAsync(c, id)),
            ("GET", ["v1", "terminals", var id, "recording"]) when TerminalId.IsValid(id) => PassAsync(context, id, DoorAction.Read, c => TellRecordingAsync(c, id)),
            ("GET" or "CONNECT", ["v1", "terminals", var id, "attach"]) when TerminalId.IsValid(id) => AttachAsync(context, id),
            _ => HostAnswers.ProblemAsync(context, NoSuchAddress),
        });
    }

    private async Task PassAsync(HttpContext context, string? terminal, DoorAction action, Func<HttpContext, Task> enter)
    {
        var answer = await door.CheckAsync(context, terminal, action);
        await (answer.Caller is null ? HostAnswers.ProblemAsync(context, answer.Refusal!) : enter(context));
    }

    /// <summary>The refusal goes into the close frame: a browser hides the status of an upgrade.</summary>
    private async Task AttachAsync(HttpContext context, string id) => await _attach.RunAsync(context, id, await door.CheckAsync(context, id, DoorAction.Attach));

    private Task TellHealthAsync(HttpContext context)
    {
        var version = typeof(HostEndpoints).Assembly.GetName().Version!.ToString(3);
        var health = new HostHealthDocument(
            table.IsStopping ? "stopping" : "healthy", table.Rules.Host, version, table.Count, Math.Round(time.GetElapsedTime(_started).TotalSeconds, 3));
        return HostAnswers.JsonAsync(context, table.IsStopping ? 503 : 200, health, HostJson.Default.HostHealthDocument);
    }

    private Task ListAsync(HttpContext context)
    {
        // The number first: what happens meanwhile is told again as a change, and not missed.
        var last = table.Changes.Last;
        return HostAnswers.JsonAsync(
            context, 200, new TerminalsDocument(table.Rules.Host, last, [.. table.All.Select(terminal => terminal.Describe())]), HostJson.Default.TerminalsDocument);
    }

    private async Task TellChangesAsync(HttpContext context)
    {
        var query = context.Request.Query;
        if (!TryNumber(query["after"], 0, out var after) || !TryNumber(query["wait"], 0, out var wait))
        {
            await HostAnswers.ProblemAsync(context, new HostRefusal("bad_request", 400, 4400, "after and wait must be whole numbers."));
            return;
        }

        var longest = table.IsStopping ? LongestWaitAtEnd : LongestWait;
        var changes = await table.Changes.ReadAsync(after, TimeSpan.FromSeconds(Math.Min(wait, longest.TotalSeconds)), context.RequestAborted);
        await HostAnswers.JsonAsync(context, 200, changes, HostJson.Default.ChangesDocument);
    }

    private async Task StartAsync(HttpContext context, string id)
    {
        if (!table.Rules.TakesOrders)
        {
            await HostAnswers.ProblemAsync(context, new HostRefusal("not_here", 405, 4400, "An agent has its one terminal, and starts no other."));
            return;
        }

        OrderDocument? document;
        try
        {
            document = await JsonSerializer.DeserializeAsync(context.Request.Body, HostJson.Default.OrderDocument, context.RequestAborted);
        }
        catch (JsonException e)
        {
            await HostAnswers.ProblemAsync(context, Invalid($"The order cannot be read: it is wrong at {e.Path ?? "its beginning"}."));
            return;
        }

        var (order, fault) = document?.Read(id) ?? (null, "The order must be a JSON object.");
        if ((order is null ? Invalid(fault!) : table.Start(order, document!.Viewers)) is { } refusal)
            await HostAnswers.ProblemAsync(context, refusal);
        else if (table.Find(id) is { } terminal)
            await HostAnswers.JsonAsync(context, 201, terminal.Describe(), HostJson.Default.TerminalDocument);
        else
            await HostAnswers.ProblemAsync(context, HostRefusal.Over);
    }

    private Task ShowAsync(HttpContext context, string id) => table.Find(id) is { } terminal
        ? HostAnswers.JsonAsync(context, 200, terminal.Describe(), HostJson.Default.TerminalDocument)
        : HostAnswers.ProblemAsync(context, HostRefusal.NotFound);

    private async Task DeleteAsync(HttpContext context, string id)
    {
        if (EndCauses.OrderOf(context.Request.Query["cause"].FirstOrDefault() ?? "deleted") is not { } cause)
            await HostAnswers.ProblemAsync(context, new HostRefusal("bad_request", 400, 4400, "No terminal can be ended with that cause. Write deleted, deadline, idle, maximum_life, detached or host_stopping."));
        else if (context.Request.Query["keep"].FirstOrDefault() is { } keep and not ("true" or "false"))
            await HostAnswers.ProblemAsync(context, new HostRefusal("bad_request", 400, 4400, $"keep is {keep}. Write true or false."));
        else if (await table.DeleteAsync(id, cause, keeps: context.Request.Query["keep"] == "true"))
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        else
            await HostAnswers.ProblemAsync(context, HostRefusal.NotFound);
    }

    private async Task TellResultAsync(HttpContext context, string id)
    {
        if (table.Find(id) is not { } terminal)
        {
            await HostAnswers.ProblemAsync(context, HostRefusal.NotFound);
            return;
        }

        var result = TerminalResult.Of(terminal);
        var status = result.Exit is null ? StatusCodes.Status202Accepted : StatusCodes.Status200OK;
        if (context.Request.Query["channel"].FirstOrDefault() is not { } channel)
        {
            await HostAnswers.JsonAsync(context, status, result, HostJson.Default.ResultDocument);
            return;
        }

        var bytes = channel == "2" ? result.Stderr : result.Stdout;
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = bytes.Length;
        await context.Response.BodyWriter.WriteAsync(bytes, context.RequestAborted);
    }

    private async Task TellRecordingAsync(HttpContext context, string id)
    {
        if (table.Find(id)?.Recorder is not { } recorder)
        {
            await HostAnswers.ProblemAsync(context, new HostRefusal("no_recording", 404, 4404, "There is no such terminal here, or it is not recorded."));
            return;
        }

        FileStream file;
        try
        {
            file = recorder.Read();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            await HostAnswers.ProblemAsync(context, new HostRefusal("no_recording", 404, 4404, "The terminal is recorded, but the file of its recording was taken away."));
            return;
        }

        context.Response.ContentType = "application/x-asciicast";
        await using var kept = file;
        // What stands there now: the file may grow meanwhile.
        var length = file.Length;
        context.Response.ContentLength = length;
        await StreamCopyOperation.CopyToAsync(file, context.Response.Body, length, context.RequestAborted);
    }

    private static HostRefusal Invalid(string detail) => new("order_invalid", 400, 4400, detail);

    private static bool TryNumber(string? text, long missing, out long number)
    {
        number = missing;
        return text is null || long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
