using Bascule.Backends;
using Bascule.Relay;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>Brings clients to shards on other machines: over the same way as to any back end, with the terms of the client in a field.</summary>
public sealed class FarShards(Dialers dialers, GatewayTerms terms)
{
    /// <summary>Opens the way to the node of the passage's slot.</summary>
    /// <returns>Null when the passage has its link, else why not. Another shard may be tried: path and terms are ours, so that whatever was refused is no fault of the client.</returns>
    internal async Task<string?> ReachAsync(Passage passage, HubPlan plan, CancellationToken cancellation)
    {
        var slot = passage.Slot!;
        var path = BackendFields.PathAndQuery(passage).Split('?')[0];
        // The relay here ends the connection when its token lapses: it can be told of a new one.
        if (terms.Seal(plan.Order with { ExpiresAt = null }, path, out var tooMuch) is not { } note)
            return tooMuch;
        var result = await dialers.DialAsync(Target(passage, plan, slot.Node, path, note), BackendProtocol.Http1, cancellation);
        if (result.Link is { } link)
        {
            slot.Report(ConnectionVerdict.Opened);
            passage.Link = link;
            return null;
        }

        var fault = result.Ending!.Value.ToString()!;
        slot.Report(ConnectionVerdict.ConnectFailed(fault));
        return fault;
    }

    private static DialTarget Target(Passage passage, HubPlan plan, Node node, string path, string note)
    {
        var fields = passage.Rules.Fields.ForUpgrade(passage);
        fields.Add(GatewayTerms.Field, note);
        var agreed = plan.Agreed;
        var offer = passage.Offer! with
        {
            Subprotocols = agreed.Subprotocol is { } subprotocol ? [subprotocol] : [],
            Extensions = agreed.Extensions is null ? [] : passage.Offer.Extensions,
            ExtensionsText = agreed.Extensions is null ? null : passage.Offer.ExtensionsText,
        };
        // Of the query the attempt alone: topics and cursors are in the terms, and the token is nobody's business there.
        return new DialTarget(node.Url, node.InsecureTls, $"{path}?{AttemptDesk.IdParameter}={passage.Attempt.Id}", fields, offer) { Address = node.Address };
    }
}
