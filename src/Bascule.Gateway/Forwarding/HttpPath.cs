using Bascule.Model;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>The path of an ordinary request: the same admission and routing, then forwarding. Only failures are kept in the journal.</summary>
public sealed class HttpPath(AttemptDesk desk, AdmissionStage admission, RoutingStage routing, HttpStage stage, HttpClosing closing)
{
    public async Task RunAsync(HttpContext context, RequestHead head)
    {
        var remote = context.Connection.RemoteIpAddress is { } address ? new System.Net.IPEndPoint(address, context.Connection.RemotePort) : null;
        var passage = new Passage(desk.Prepare(head, remote), head, remote);
        try
        {
            var refusal = await admission.AdmitAsync(passage, context.RequestAborted)
                ?? routing.Choose(passage)
                ?? await stage.ForwardAsync(passage, context);
            if (refusal is { } ending)
                await closing.RefuseAsync(passage, context, ending);
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
