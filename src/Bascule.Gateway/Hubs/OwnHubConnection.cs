using Bascule.Hub;
using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>A connection that the hub of this process serves.</summary>
/// <param name="grants">What a renewed identity may read and write.</param>
internal sealed class OwnHubConnection(HubConnection connection, Func<Identity, HubRights> grants) : ILiveConnection
{
    public DateTimeOffset? ExpiresAt => connection.ExpiresAt;

    public void End(Ending ending, TimeSpan comeBackIn) => connection.End(ending, comeBackIn);

    public void EndWith(Ending ending, int code, string words) => connection.EndWith(ending, code, words);

    public bool Renew(Identity renewed, DateTimeOffset? until) => connection.Renew(until, grants(renewed).ToGrants());
}
