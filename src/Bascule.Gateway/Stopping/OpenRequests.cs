using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>The ordinary requests under way, for a stop that lets them finish.</summary>
public sealed class OpenRequests(GatewayState state)
{
    private readonly Lock _gate = new();
    private readonly HashSet<OpenRequest> _open = [];

    public int Count
    {
        get
        {
            lock (_gate)
                return _open.Count;
        }
    }

    /// <summary>Dispose the result when the request is over; null when the gateway takes no more.</summary>
    internal OpenRequest? Enter(HttpContext context)
    {
        if (state.Stopping)
            return null;
        var request = new OpenRequest(context, this);
        lock (_gate)
            _open.Add(request);
        return request;
    }

    internal void Leave(OpenRequest request)
    {
        lock (_gate)
            _open.Remove(request);
    }

    /// <summary>Those that would go on for ever.</summary>
    internal IReadOnlyList<OpenRequest> EventStreams()
    {
        lock (_gate)
            return [.. _open.Where(r => r.IsEventStream)];
    }

    /// <summary>Ends all: who has no answer yet gets a refusal, the others are cut.</summary>
    internal void EndAll()
    {
        OpenRequest[] left;
        lock (_gate)
            left = [.. _open];
        foreach (var request in left)
            request.End();
    }
}
