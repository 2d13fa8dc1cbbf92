using Bascule.Model;

namespace Bascule.Relay;

/// <summary>The header fields of an upgrade request to a back end.</summary>
internal static class UpgradeFields
{
    /// <summary>The fields of the handshake itself, then those of the target.</summary>
    internal static HeaderList For(DialTarget target, string key)
    {
        var fields = new HeaderList(target.Headers.Count + 6);
        if (target.Headers.First("Host") is null)
            fields.Add("Host", target.Node.Authority);
        foreach (var field in target.Headers)
            fields.Add(field.Key, field.Value);
        fields.Add("Connection", "Upgrade");
        fields.Add("Upgrade", "websocket");
        fields.Add("Sec-WebSocket-Version", "13");
        fields.Add("Sec-WebSocket-Key", key);
        if (target.Offer.Subprotocols.Count > 0)
            fields.Add("Sec-WebSocket-Protocol", string.Join(", ", target.Offer.Subprotocols));
        if (target.Offer.ExtensionsText is { } extensions)
            fields.Add("Sec-WebSocket-Extensions", extensions);
        return fields;
    }
}
