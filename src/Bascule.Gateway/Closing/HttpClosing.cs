using Bascule.Model;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Where an ordinary request that failed ends: answer, log, metrics, journal. One that went well leaves no entry.</summary>
public sealed class HttpClosing(AttemptJournal journal, GatewayMetrics metrics, ILogger<HttpClosing> log)
{
    public async Task RefuseAsync(Passage passage, HttpContext context, Ending ending)
    {
        // A stream that its client left, or that the stop of the gateway ended, had its answer: that is how SSE ends, and no failure.
        var started = context.Response.HasStarted;
        var route = passage.Match.Nearest?.Name;
        if (started && (ending.Reason == EndReasons.ClientGaveUp || ending.Reason == EndReasons.Draining))
        {
            metrics.HttpRequestEnded(route, context.Response.StatusCode, null);
            return;
        }

        var status = ending.Reason.Status == 0 ? StatusCodes.Status502BadGateway : ending.Reason.Status;
        metrics.HttpRequestEnded(route, started ? context.Response.StatusCode : status, ending.Reason);
        passage.Attempt.Finish(ending, 0, null);
        if (journal.TryAdd(passage.Attempt))
            journal.Close(passage.Attempt);
        AttemptLog.Over(log, passage.Attempt);
        if (started || context.RequestAborted.IsCancellationRequested)
            return;

        context.Response.Clear();
        context.Response.StatusCode = status;
        foreach (var field in Refusal.Fields(ending, passage.Attempt.Id))
        {
            // Kestrel owns Connection; an ordinary answer may keep the connection.
            if (field.Key != "Connection")
                context.Response.Headers.Append(field.Key, field.Value);
        }

        // What comes next on this connection would be refused too.
        if (ending.Reason == EndReasons.GatewayStopping && HttpProtocol.IsHttp11(context.Request.Protocol))
            context.Response.Headers.Connection = "close";
        var body = Refusal.Problem(ending, passage.Attempt.Id);
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    public Task FailAsync(Passage passage, HttpContext context, Exception surprise)
    {
        AttemptLog.Fault(log, passage.Attempt, surprise);
        if (context.Response.HasStarted)
            context.Abort();
        return RefuseAsync(passage, context, new Ending(EndReasons.GatewayFault, surprise.GetType().Name));
    }
}
