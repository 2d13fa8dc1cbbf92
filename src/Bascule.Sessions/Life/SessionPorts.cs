namespace Bascule.Sessions;

/// <summary>What a desk works with.</summary>
/// <param name="KeyOf">The key with which the terms of a session's clients are sealed: the same at every gateway, and different for each session.</param>
public sealed record SessionPorts(ISessionStore Store, ISessionRunner Runner, ISessionWitness Witness, Func<SessionId, string> KeyOf);
