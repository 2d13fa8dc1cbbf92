using Bascule.Protocol;
using Bascule.Settings;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>Where requests of the public listeners part: WebSockets, our own endpoints, ordinary traffic.</summary>
public sealed class PublicEntry(ConnectionPath path, PublicEndpoints endpoints, TokenEndpoints tokens, TopicEndpoints topics, SessionApi sessions, HttpPath http)
{
    public async Task HandleAsync(HttpContext context)
    {
        var head = KestrelHead.Read(context);
        if (WebSocketHandshake.IsAttempt(head))
            await path.RunAsync(new KestrelHandshake(context, head, ListenerOf(context)?.Http2WebSockets ?? true));
        else if (!await endpoints.TryAnswerAsync(context, head) && !await tokens.TryAnswerAsync(context, head)
            && !await topics.TryAnswerAsync(context, head) && !await sessions.TryAnswerAsync(context, head))
            await http.RunAsync(context, head);
    }

    private static ListenerSettings? ListenerOf(HttpContext context) =>
        context.Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(typeof(ListenerSettings), out var listener) == true ? (ListenerSettings?)listener : null;
}
