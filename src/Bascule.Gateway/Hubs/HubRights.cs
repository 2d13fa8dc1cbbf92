using Bascule.Hub;
using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>Topics and patterns that a client of the hub may read, and publish to.</summary>
internal sealed record HubRights(IReadOnlyList<string> Read, IReadOnlyList<string> Write)
{
    /// <summary>What the route offers, as far as the token lets it.</summary>
    internal static HubRights Of(TopicDestination route, Identity? identity) => new(GrantRules.Narrow(route.Read, identity?.Read), GrantRules.Narrow(route.Write, identity?.Write));

    internal HubGrants ToGrants() => new(new TopicGrants(Read), new TopicGrants(Write));
}
