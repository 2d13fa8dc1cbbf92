using Bascule.Model;

namespace Bascule.Relay;

/// <summary>The header fields of a request for a WebSocket to a back end.</summary>
internal static class UpgradeFields
{
    /// <summary>Over HTTP/1.1: the fields of the target, then those of the handshake itself.</summary>
    internal static HeaderList ForUpgrade(DialTarget target, string key)
    {
        var fields = OfTarget(target);
        fields.Add("Connection", "Upgrade");
        fields.Add("Upgrade", "websocket");
        fields.Add("Sec-WebSocket-Key", key);
        return WithOffer(fields, target);
    }

    /// <summary>Over HTTP/2, where a pseudo field takes the place of Connection and Upgrade, and no key is needed (RFC 8441 §5).</summary>
    internal static HeaderList ForConnect(DialTarget target) => WithOffer(OfTarget(target), target);

    private static HeaderList OfTarget(DialTarget target)
    {
        var fields = new HeaderList(target.Headers.Count + 7);
        if (target.Headers.First("Host") is null)
            fields.Add("Host", target.Node.Authority);
        foreach (var field in target.Headers)
            fields.Add(field.Key, field.Value);
        return fields;
    }

    private static HeaderList WithOffer(HeaderList fields, DialTarget target)
    {
        fields.Add("Sec-WebSocket-Version", "13");
        if (target.Offer.Subprotocols.Count > 0)
            fields.Add("Sec-WebSocket-Protocol", string.Join(", ", target.Offer.Subprotocols));
        if (target.Offer.ExtensionsText is { } extensions)
            fields.Add("Sec-WebSocket-Extensions", extensions);
        return fields;
    }
}
