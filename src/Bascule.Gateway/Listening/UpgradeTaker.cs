using Bascule.Admission;

namespace Bascule.Gateway;

/// <summary>What a listener of our own hands WebSocket upgrades to, and the patience that it has.</summary>
/// <param name="CloseDeadline">For the client to take a refusal.</param>
internal sealed record UpgradeTaker(ConnectionPath Path, ClientWatch Watch, TimeSpan CloseDeadline, Func<TrustedProxies> Proxies);
