using Bascule.Model;
using Bascule.Relay;

namespace Bascule.Gateway;

/// <summary>A connection that the relay moves.</summary>
/// <param name="shard">The other side, where it is one of the hub: it says goodbye in its own words, and judges the token, too.</param>
/// <param name="patience">For the shard to do so: one that hangs does not.</param>
internal sealed class RelayedConnection(RelayConnection relay, HandedConnection? shard, TimeSpan patience, TimeProvider time) : ILiveConnection
{
    public DateTimeOffset? ExpiresAt => relay.ExpiresAt;

    public void End(Ending ending, TimeSpan comeBackIn)
    {
        if (shard is null || !shard.TryEnd(ending, comeBackIn))
            relay.End(ending, comeBackIn);
        else
            _ = InsistAsync(shard, () => relay.End(ending, comeBackIn));
    }

    public void EndWith(Ending ending, int code, string words)
    {
        if (shard is null || !shard.TryEndWith(ending, code, words))
            relay.EndWith(ending, code, words);
        else
            _ = InsistAsync(shard, () => relay.EndWith(ending, code, words));
    }

    public bool Renew(Identity renewed, DateTimeOffset? until) => relay.RenewUntil(until) && (shard is null || shard.Renew(renewed, until));

    /// <summary>Never throws. A connection that has ended meanwhile is not ended again.</summary>
    private async Task InsistAsync(HandedConnection asked, Action end)
    {
        if (await asked.EndedWithinAsync(patience, time) is null)
            end();
    }
}
