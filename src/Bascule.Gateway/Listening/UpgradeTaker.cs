namespace Bascule.Gateway;

/// <summary>What a listener of our own hands WebSocket upgrades to, and the patience that it has.</summary>
/// <param name="FirstByteDeadline">A connection that says nothing for so long is closed: as long as a quiet one may stay open at Kestrel.</param>
/// <param name="CloseDeadline">For the client to take a refusal.</param>
internal sealed record UpgradeTaker(ConnectionPath Path, TimeSpan FirstByteDeadline, TimeSpan CloseDeadline);
