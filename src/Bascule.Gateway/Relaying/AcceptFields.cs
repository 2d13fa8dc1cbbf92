using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Gateway;

/// <summary>The fields of the answer that opens a WebSocket.</summary>
internal static class AcceptFields
{
    internal static HeaderList For(Passage passage, AgreedUpgrade agreed)
    {
        var fields = new HeaderList(6);
        if (passage.Offer!.Key is { } key)
        {
            fields.Add("Connection", "Upgrade");
            fields.Add("Upgrade", "websocket");
            fields.Add("Sec-WebSocket-Accept", AcceptKey.Compute(key));
        }

        if ((agreed.Subprotocol ?? OnlyToken(passage)) is { } subprotocol)
            fields.Add("Sec-WebSocket-Protocol", subprotocol);
        if (agreed.Extensions is { } extensions)
            fields.Add("Sec-WebSocket-Extensions", extensions);
        fields.Add("X-Bascule-Attempt", passage.Attempt.Id.ToString());
        return fields;
    }

    /// <summary>A browser that offered nothing but its token fails when no subprotocol is chosen, so it gets its own back.</summary>
    private static string? OnlyToken(Passage passage) =>
        passage.TokenSubprotocol is { } token && passage.Offer!.Subprotocols.Count == 1 ? token : null;
}
