using Bascule.Settings;

namespace Bascule.Backends;

/// <summary>Looks whether a node is well. The gateway brings the code that speaks to back ends.</summary>
public interface INodeProbe
{
    /// <summary>One check. <see cref="HealthWatch"/> cancels it when <see cref="HealthSettings.Timeout"/> is over, and never runs two at once for a node.</summary>
    /// <returns>Null when all was well, else what was seen, for a person: <c>GET /health answered 503</c>.</returns>
    Task<string?> CheckAsync(Node node, HealthSettings settings, CancellationToken cancellation);
}
