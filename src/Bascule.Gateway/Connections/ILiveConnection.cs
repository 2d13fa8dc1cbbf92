using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>What moves the frames of an open connection: the relay, the hub here, or the shard that has its socket.</summary>
public interface ILiveConnection
{
    /// <summary>When its token ends it; null: never.</summary>
    DateTimeOffset? ExpiresAt { get; }

    /// <summary>Asks the client to leave; the first ending counts.</summary>
    void End(Ending ending, TimeSpan comeBackIn);

    /// <summary>Closes it with an operator's own code and words.</summary>
    void EndWith(Ending ending, int code, string words);

    /// <summary>A new token of the same user was checked.</summary>
    /// <returns>False when it is over already, or the connection is ending.</returns>
    bool Renew(Identity renewed, DateTimeOffset? until);
}
