namespace Bascule.Hub;

/// <summary>What a client may do: topics and patterns that it may read, and that it may publish to.</summary>
public sealed record HubGrants(TopicGrants Read, TopicGrants Write)
{
    public static HubGrants None { get; } = new(TopicGrants.Nothing, TopicGrants.Nothing);
}

/// <summary>A list of topics and patterns.</summary>
public sealed class TopicGrants
{
    private readonly string[] _names;

    public TopicGrants(IEnumerable<string> names) => _names = [.. names];

    public static TopicGrants Nothing { get; } = new([]);

    public static TopicGrants Everything { get; } = new(["*"]);

    /// <summary>Whether a topic is in it, or a pattern with all its topics.</summary>
    public bool Allows(ReadOnlySpan<char> topicOrPattern)
    {
        foreach (var name in _names)
        {
            if (TopicPattern.Covers(name, topicOrPattern))
                return true;
        }

        return false;
    }
}
