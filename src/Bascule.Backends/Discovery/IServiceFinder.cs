using System.Net;

namespace Bascule.Backends;

/// <summary>What stands behind a Service of Kubernetes.</summary>
/// <param name="Addresses">Those that are ready; null: nothing is known of them yet.</param>
/// <param name="Fault">Why they may be old, or why there are none; null when all is well.</param>
public readonly record struct ServiceAnswer(IReadOnlyList<IPAddress>? Addresses, string? Fault);

/// <summary>Follows Services of Kubernetes.</summary>
public interface IServiceFinder
{
    /// <summary>How it stands now, and each change, until cancelled.</summary>
    /// <param name="service">Its host names Service and namespace, its port the one that the pods listen on.</param>
    IAsyncEnumerable<ServiceAnswer> FollowAsync(Uri service, CancellationToken cancellation);
}
