using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Gateway;

/// <summary>The fields of the answer that opens a WebSocket.</summary>
internal static class AcceptFields
{
    // Clients trust these to be ours.
    private const string OurPrefix = "X-Bascule-";

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
        if (passage.AnswerFields is { } answer)
            AddEndToEnd(answer, fields);
        return fields;
    }

    /// <summary>What the back end says with its 101 beside the handshake: cookies above all.</summary>
    private static void AddEndToEnd(HeaderList answer, HeaderList fields)
    {
        var named = BackendFields.Named(answer.Joined("Connection"));
        foreach (var field in answer)
        {
            if (!field.Key.StartsWith(':') && !BackendFields.EndsHere(field.Key) && !named.Contains(field.Key) && !field.Key.StartsWith(OurPrefix, StringComparison.OrdinalIgnoreCase))
                fields.Add(field.Key, field.Value);
        }
    }

    /// <summary>A browser that offered nothing but its token fails when no subprotocol is chosen, so it gets its own back.</summary>
    private static string? OnlyToken(Passage passage) =>
        passage.TokenSubprotocol is { } token && passage.Offer!.Subprotocols.Count == 1 ? token : null;
}
