using Bascule.Model;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>The path of an ordinary request: the same admission and routing, then forwarding. Only failures are kept in the journal.</summary>
public sealed class HttpPath(AttemptDesk desk, AdmissionStage admission, RoutingStage routing, HttpStage stage, HttpClosing closing, OpenRequests requests)
{
    public async Task RunAsync(HttpContext context, RequestHead head)
    {
        var remote = context.Connection.RemoteIpAddress is { } address ? new System.Net.IPEndPoint(address, context.Connection.RemotePort) : null;
        var passage = desk.Prepare(head, remote);
        using var request = requests.Enter(context);
        if (request is null)
        {
            await closing.RefuseAsync(passage, context, new Ending(EndReasons.GatewayStopping));
            return;
        }

        try
        {
            var refusal = await admission.AdmitRequestAsync(passage, request.Token)
                ?? routing.Choose(passage)
                ?? await stage.ServeAsync(passage, context, request.Token);
            if (refusal is { } ending)
                await closing.RefuseAsync(passage, context, ending);
        }
        catch (Exception) when (request.Ended)
        {
            await closing.RefuseAsync(passage, context, request.IsEventStream && context.Response.HasStarted
                ? new Ending(EndReasons.Draining)
                : new Ending(EndReasons.GatewayStopping, "the request was under way when the time of the stop was over"));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            await closing.RefuseAsync(passage, context, new Ending(EndReasons.ClientGaveUp));
        }
        catch (Exception e)
        {
            await closing.FailAsync(passage, context, e);
        }
    }
}
