using System.Text;
using Bascule.Settings;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>GET /api/events: what happens, as a stream of server-sent events.</summary>
internal sealed class EventsApi(EventFeed feed, TimeProvider time)
{
    /// <summary>A comment now and then, so that nothing in between thinks the stream dead.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    internal IEnumerable<AdminRoute> Routes() =>
    [
        new("GET", "/api/events", AdminRole.Read, "Server-sent events: `opened`, `ended`, `refused`, `node`, `reload`, `act`; `missed` tells a slow reader how many it lost.", StreamAsync),
    ];

    private async Task StreamAsync(AdminCall call)
    {
        using var listener = feed.Join() ?? throw new AdminRefusal(503, "Too many listeners", "Close another stream of /api/events first.");
        var response = call.Context.Response;
        response.ContentType = "text/event-stream";
        response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            await WriteAsync(response, ": listening\n\n", call.Cancellation);
            var beat = Task.Delay(Heartbeat, time, call.Cancellation);
            while (true)
            {
                var next = listener.NextAsync(call.Cancellation).AsTask();
                // One timer at a time, however many events come.
                while (await Task.WhenAny(next, beat) != next)
                {
                    await WriteAsync(response, ":\n\n", call.Cancellation);
                    beat = Task.Delay(Heartbeat, time, call.Cancellation);
                }

                var (name, json) = await next;
                await WriteAsync(response, $"event: {name}\ndata: {json}\n\n", call.Cancellation);
            }
        }
        catch (OperationCanceledException) when (call.Cancellation.IsCancellationRequested)
        {
            // The listener left: that is how such a stream ends.
            return;
        }
    }

    private static async Task WriteAsync(HttpResponse response, string text, CancellationToken cancellation)
    {
        await response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), cancellation);
        await response.Body.FlushAsync(cancellation);
    }
}
