using Bascule.Model;

namespace Bascule.Relay;

/// <summary>Thrown where forwarding cannot go on; caught once, in <see cref="ForwardExchange"/>.</summary>
internal sealed class ForwardEndedException(EndReason reason, string detail, Exception? cause = null)
    : Exception($"{reason.Label}: {detail}", cause)
{
    internal Ending Ending { get; } = new(reason, detail);
}
