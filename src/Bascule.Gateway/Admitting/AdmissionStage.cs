using Bascule.Admission;
using Bascule.Cluster;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>Stage 3: who comes in, the cheap questions first. The policy is that of the route whose path fits; the route itself is told only to those who may come in.</summary>
public sealed class AdmissionStage(OverloadGuard overload, UpgradeRates upgrades, RequestRates requests, Credentials credentials, ClusterCounts counts, GatewayMetrics metrics)
{
    /// <summary>A client that asks for a WebSocket.</summary>
    public async ValueTask<Ending?> AdmitAsync(Passage passage, CancellationToken cancellation)
    {
        // 1. What costs nothing.
        if (Locate(passage) is { } early)
            return early;
        // The gateway that brings the client has asked all this; here everyone comes from its address.
        if (passage.Match.Auth == AuthPolicy.Gateway)
            return await credentials.CheckAsync(passage, cancellation);
        var rules = passage.Rules.Admission;
        var route = passage.Match.Nearest;
        var address = passage.Source!.Address;
        if (upgrades.CheckAddress(rules.LimitsOf(route, identity: null), address) is { } hasty)
            return hasty;
        if (rules.OriginsOf(route).Check(passage.Head, passage.Source) is { } stranger)
            return stranger;

        // 2. Who it is.
        if (await credentials.CheckAsync(passage, cancellation) is { } refusal)
            return refusal;

        // 3. What this user may have.
        var limits = rules.LimitsOf(route, passage.Identity);
        if (upgrades.CheckUser(limits, address) is { } often)
            return often;
        passage.MessageLimits = limits.Messages;
        return await ClaimAsync(passage, limits.Connections(address), cancellation);
    }

    /// <summary>An ordinary request: no Origin rules, which are the back end's, and no count of connections.</summary>
    public async ValueTask<Ending?> AdmitRequestAsync(Passage passage, CancellationToken cancellation)
    {
        if (Locate(passage) is { } early)
            return early;
        var rules = passage.Rules.Admission;
        var address = passage.Source!.Address;
        if (requests.CheckAddress(rules.LimitsOf(passage.Match.Nearest, identity: null), address) is { } hasty)
            return hasty;
        return await credentials.CheckAsync(passage, cancellation)
            ?? requests.CheckUser(rules.LimitsOf(passage.Match.Nearest, passage.Identity), address);
    }

    /// <summary>A request for an endpoint of our own: no route, and no token yet.</summary>
    public Ending? AdmitOwn(Passage passage) => Locate(passage) ?? requests.CheckAddress(passage.Rules.Admission.LimitsOf(null, identity: null), passage.Source!.Address);

    private Ending? Locate(Passage passage)
    {
        var attempt = passage.Attempt;
        attempt.Enter(Stage.Admission);
        var rules = passage.Rules;
        var source = rules.Admission.Proxies.Resolve(passage.Head, passage.Remote);
        passage.Source = source;
        if (source.Hops > 0 && source.Address is { } client)
            attempt.ClientAddress = client.ToString();
        if (source.Note is { } note)
            attempt.Note("forwarded", note, NoteReader.Operators);
        passage.Match = rules.Routes.Find(passage.Head, source.Host);
        attempt.Route = passage.Match.Nearest?.Name;
        return overload.Check() ?? rules.Admission.Hosts.Check(source);
    }

    private async ValueTask<Ending?> ClaimAsync(Passage passage, IReadOnlyList<ConnectionLimit> limits, CancellationToken cancellation)
    {
        if (limits.Count == 0)
            return null;
        var claims = new CountClaim[limits.Count];
        for (var i = 0; i < claims.Length; i++)
            claims[i] = new CountClaim(limits[i].Key, limits[i].Limit, limits[i].ThisGatewayOnly ? CountScope.Gateway : CountScope.Cluster);
        var result = await counts.TakeAsync(claims, cancellation);
        passage.Counted = result.Lease;
        if (result.Full is not { } full)
            return null;
        metrics.LimitRefused(Words.LimitOf(full.Key));
        return limits[Array.IndexOf(claims, full)].Refuse(result.Seen);
    }
}
