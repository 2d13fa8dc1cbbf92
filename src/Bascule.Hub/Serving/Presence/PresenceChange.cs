namespace Bascule.Hub;

/// <summary>Somebody came to a topic or left it.</summary>
public readonly record struct PresenceChange(string User, bool Joined);

/// <summary>What is told of a topic to those who asked.</summary>
/// <param name="Count">Connections, whoever they are of.</param>
/// <param name="Changes">Empty: nobody in particular, the whole state.</param>
/// <param name="Users">With the state: some of those who are there.</param>
/// <param name="IsAnswer">To a question; else it is for all whose question was answered before.</param>
public sealed record PresenceNews(string Topic, int Count, IReadOnlyList<PresenceChange> Changes, IReadOnlyList<string> Users, bool IsAnswer);
