using Bascule.Model;

namespace Bascule.Hub;

/// <summary>What an event stream gets and must keep to.</summary>
/// <param name="Topic">With the cursor of <c>Last-Event-ID</c>, when the client sent one.</param>
public sealed record SseTerms(AttemptId Attempt, TopicStart Topic)
{
    /// <summary>A comment goes out when nothing else did for so long: proxies cut quiet connections, many after 30 s or 60 s.</summary>
    public TimeSpan CommentEvery { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A write that lasts longer ends the stream: the client does not read.</summary>
    public TimeSpan WriteDeadline { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>When the token of the request expires. Null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}
