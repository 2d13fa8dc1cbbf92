namespace Bascule.Hub;

/// <summary>Where a shard says who is on its topics, and asks who is on those of all shards.</summary>
public interface IPresenceDesk
{
    /// <summary>Held by the caller around every call, and around every call of the reader: so nothing is told in another order than it happened.</summary>
    Lock Gate { get; }

    /// <summary>Connections of a user came to a topic; a negative number left it.</summary>
    /// <param name="user">Null: nobody in particular, who is counted and not named.</param>
    void Change(string topic, string? user, int connections);

    /// <summary>Somebody wants to know: the state is the answer, and changes follow.</summary>
    void Watch(string topic);

    /// <summary>Nobody wants to know any more.</summary>
    void Unwatch(string topic);
}

/// <summary>What wants to be told, of the topics that it watches. Must not wait.</summary>
public interface IPresenceReader
{
    /// <summary>What happened, in its order. Not empty.</summary>
    void Take(IReadOnlyList<PresenceNews> news);
}
