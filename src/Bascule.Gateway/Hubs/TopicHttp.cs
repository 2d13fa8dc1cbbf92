using System.Globalization;
using Bascule.Hub;
using Bascule.Model;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>Topics for clients without WebSockets: on the path of the route itself, an event stream for who accepts one, else a poll. Served by this process, whatever the mode, and without a slot.</summary>
public sealed class TopicHttp(HubRoom hub, GatewayMetrics metrics, TimeProvider time)
{
    private const string EventStream = "text/event-stream";

    /// <summary>Longest wait of a poll: below the 60 s after which many proxies give up.</summary>
    private const int MostWaitSeconds = 50;

    /// <summary>Null when it was answered.</summary>
    public async Task<Ending?> ServeAsync(Passage passage, HttpContext context, TopicDestination route, CancellationToken cancellation)
    {
        if (UserCalls.AllowPage(context, passage, passage.Match.Route) is { } stranger)
            return stranger;
        if (!HttpMethods.IsGet(context.Request.Method))
            return new Ending(EndReasons.UpgradeRequired, "topics are read with GET, and published to with POST /api/topics/TOPIC");
        if (!hub.IsOpen)
            return new Ending(EndReasons.NoUsableNode, "no route led to topics when this gateway started: restart it");
        var isStream = context.Request.Headers.Accept.ToString().Contains(EventStream, StringComparison.OrdinalIgnoreCase);
        var (topics, refusal) = HubAdmission.TopicsOf(passage, route);
        if (refusal is not null)
            return refusal;
        if (topics.Count != 1)
            return new Ending(EndReasons.TopicMalformed, $"the request leads to {topics.Count} topics; name one with ?topic=, or a pattern of them");
        if (hub.Late() is { } late)
            return new Ending(EndReasons.SourceUnavailable, late);
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Bascule-Attempt"] = passage.Attempt.Id.ToString();
        var ending = isStream ? await StreamAsync(passage, context, topics[0], cancellation) : await PollAsync(passage, context, topics[0], cancellation);
        if (ending is null)
            metrics.HttpRequestEnded(passage.Match.Route!.Name, context.Response.StatusCode, null);
        return ending;
    }

    private async Task<Ending?> StreamAsync(Passage passage, HttpContext context, TopicStart topic, CancellationToken cancellation)
    {
        // A browser that comes back brings the last id; it knows better than the URL that the page once made.
        if (context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } last)
        {
            if (!Cursor.TryParse(last, out var cursor))
                return new Ending(EndReasons.TopicMalformed, "Last-Event-ID is no cursor that this hub has written");
            topic = topic with { From = cursor };
        }

        var terms = new SseTerms(passage.Attempt.Id, topic) { ExpiresAt = OpenConnection.ExpiryOf(passage.Identity, passage.Rules.Settings) };
        if (SseConnection.Open(hub.Topics, terms, time) is not { } stream)
            return TooManyTopics;
        using (stream)
        {
            context.Response.ContentType = EventStream;
            // nginx would hold events back until its buffer is full.
            context.Response.Headers["X-Accel-Buffering"] = "no";
            await using var stopping = cancellation.UnsafeRegister(static stream => ((SseConnection)stream!).End(new Ending(EndReasons.Draining)), stream);
            var ending = await stream.RunAsync(context.Response.Body, context.RequestAborted);
            return ending.Reason == EndReasons.ClientClosed || ending.Reason == EndReasons.ClientLost || ending.Reason == EndReasons.Draining ? null : ending;
        }
    }

    private async Task<Ending?> PollAsync(Passage passage, HttpContext context, TopicStart topic, CancellationToken cancellation)
    {
        var wait = 0;
        if (QueryText.Value(passage.Head.Query, "wait") is { } text && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out wait) || wait > MostWaitSeconds))
            return new Ending(EndReasons.BadRequest, $"`wait` is the seconds to wait for a message, 0 to {MostWaitSeconds}");
        if (await TopicPoll.AskAsync(hub.Topics, topic, TimeSpan.FromSeconds(wait), time, cancellation) is not { } answer)
            return TooManyTopics;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = answer.Length;
        await context.Response.Body.WriteAsync(answer, cancellation);
        return null;
    }

    private static Ending TooManyTopics => new(EndReasons.Overloaded, "the hub holds as many topics as hub.mostTopics lets it");
}
