using Bascule.Model;
using Bascule.Protocol;
using Bascule.Settings;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>Where requests of the public listeners part: WebSockets, our own endpoints, ordinary traffic.</summary>
/// <param name="own">Our own endpoints, in the order in which they are asked: true means that the request is answered.</param>
public sealed class PublicEntry(ConnectionPath path, IReadOnlyList<Func<HttpContext, RequestHead, Task<bool>>> own, HttpPath http)
{
    public async Task HandleAsync(HttpContext context)
    {
        var head = KestrelHead.Read(context);
        if (WebSocketHandshake.IsAttempt(head))
        {
            await path.RunAsync(new KestrelHandshake(context, head, ListenerOf(context)?.Http2WebSockets ?? true));
            return;
        }

        foreach (var tryAnswerAsync in own)
        {
            if (await tryAnswerAsync(context, head))
                return;
        }

        await http.RunAsync(context, head);
    }

    private static ListenerSettings? ListenerOf(HttpContext context) =>
        context.Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(typeof(ListenerSettings), out var listener) == true ? (ListenerSettings?)listener : null;
}
