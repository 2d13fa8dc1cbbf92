using Bascule.Kubernetes.Fake;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>What happens to watches and lists in a bad hour, spread over many calls.</summary>
internal static class Disturbance
{
    /// <param name="number">Of the call: it says what happens, if anything.</param>
    internal static void Of(FakeCluster cluster, int number)
    {
        if (number % 10 == 3)
            cluster.DropWatches();
        if (number % 10 == 6)
            cluster.ExpireHistory();
        if (number % 10 == 9)
            cluster.SendBookmarks();
        if (number % 25 == 0)
            cluster.Faults.Next(new Fault("watch", "pods", FaultKind.Status, new ApiException(410, "Expired", "too old")));
        if (number % 30 == 0)
            cluster.Faults.Next(new Fault("list", "pods", FaultKind.Status, new ApiException(500, "InternalError", "etcdserver: leader changed")));
    }
}
