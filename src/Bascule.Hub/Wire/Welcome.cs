namespace Bascule.Hub;

/// <summary>The first message of every connection of <c>bascule.v1</c>.</summary>
/// <param name="Heartbeat">Silence after which we ping.</param>
/// <param name="MessageBytes">Largest message that the client may send.</param>
/// <param name="Subscriptions">Topics and patterns that it may have at once.</param>
/// <param name="Resume">What it shows when it comes back.</param>
public sealed record Welcome(string Session, string Attempt, TimeSpan Heartbeat, long MessageBytes, int Subscriptions, string Resume);

/// <summary>The last message before a close frame of ours.</summary>
/// <param name="Class">Retry class of the end reason: <c>never</c>, <c>now</c>, <c>backoff</c>, <c>after</c>.</param>
/// <param name="After">Not before that time has passed.</param>
/// <param name="Within">Then at a random moment of that span, so that not all come at once.</param>
public sealed record Goodbye(int Code, string Label, string Text, string Class, TimeSpan After, TimeSpan Within)
{
    /// <summary>Addresses to come back to; empty: the one that was used.</summary>
    public IReadOnlyList<string> Reconnect { get; init; } = [];

    public string Resume { get; init; } = "";

    /// <summary>For a person, from an operator; null: none.</summary>
    public string? Note { get; init; }
}
