namespace Bascule.Backends;

/// <summary>Keeps the nodes of one entry of the settings as a Service of Kubernetes has them. The API server is believed also when it says that there are none: the address of a pod that is gone may be another's soon.</summary>
internal sealed class ServiceWatch(Pool pool, NodeSource source, IServiceFinder services, DiscoveryBoard board, TimeProvider time)
{
    internal async Task RunAsync(CancellationToken cancellation)
    {
        var url = new Uri(source.Url);
        var known = 0;
        await foreach (var answer in services.FollowAsync(url, cancellation))
        {
            if (answer.Addresses is { } addresses)
            {
                pool.Find(source, [.. addresses.Select(address => new FoundNode(url.Host, url.Port, address, 1))]);
                known = addresses.Count;
            }

            board.Note(new DiscoveryState(pool.Name, source.Url, known, answer.Fault, time.GetUtcNow()));
        }
    }
}
