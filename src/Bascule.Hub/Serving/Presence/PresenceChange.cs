namespace Bascule.Hub;

/// <summary>Somebody came to a topic or left it.</summary>
public readonly record struct PresenceChange(string User, bool Joined);
