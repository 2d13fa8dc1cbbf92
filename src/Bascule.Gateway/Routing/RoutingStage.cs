using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>Stage 4: the route and its destination, or why there is none.</summary>
public sealed class RoutingStage
{
#pragma warning disable CA1822 // One of the stages: called on an instance like the others.
    public Ending? Choose(Passage passage)
#pragma warning restore CA1822
    {
        passage.Attempt.Enter(Stage.Routing);
        passage.Attempt.Pool = (passage.Match.Route?.Destination as PoolDestination)?.Pool;
        return passage.Match.Fault;
    }
}
