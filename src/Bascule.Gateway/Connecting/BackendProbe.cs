using Bascule.Backends;
using Bascule.Relay;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>Lets the pools check their nodes with what the relay knows of back ends.</summary>
/// <param name="isHere">Nodes that say themselves how they are: they listen for no check.</param>
internal sealed class BackendProbe(NodeProbe probe, Func<Node, bool> isHere) : INodeProbe
{
    public Task<string?> CheckAsync(Node node, HealthSettings settings, CancellationToken cancellation) =>
        isHere(node) ? Task.FromResult<string?>(null) : probe.CheckAsync(Dialers.AddressOf(node), settings.Check, settings.Path, settings.Timeout, cancellation);
}
