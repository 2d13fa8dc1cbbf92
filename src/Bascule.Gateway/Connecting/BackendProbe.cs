using Bascule.Backends;
using Bascule.Relay;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>Lets the pools check their nodes with what the relay knows of back ends.</summary>
internal sealed class BackendProbe(NodeProbe probe) : INodeProbe
{
    public Task<string?> CheckAsync(Node node, HealthSettings settings, CancellationToken cancellation) =>
        probe.CheckAsync(Dialers.AddressOf(node), settings.Check, settings.Path, settings.Timeout, cancellation);
}
