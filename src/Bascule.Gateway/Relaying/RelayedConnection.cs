using Bascule.Model;
using Bascule.Relay;

namespace Bascule.Gateway;

/// <summary>A connection that the relay moves.</summary>
internal sealed class RelayedConnection(RelayConnection relay) : ILiveConnection
{
    public DateTimeOffset? ExpiresAt => relay.ExpiresAt;

    public void End(Ending ending, TimeSpan comeBackIn) => relay.End(ending, comeBackIn);

    public void EndWith(Ending ending, int code, string words) => relay.EndWith(ending, code, words);

    public bool Renew(Identity renewed, DateTimeOffset? until) => relay.RenewUntil(until);
}
