namespace Bascule.Backends;

/// <summary>Looks up the nodes of one entry of the settings, again as soon as the answer is too old.</summary>
internal sealed class DiscoveryWatch(Pool pool, NodeSource source, TimeSpan every, NodeSearch search, DiscoveryBoard board, TimeProvider time)
{
    /// <summary>Not sooner, whatever the answer says: a time to live of 0 is common, and would be a loop.</summary>
    private static readonly TimeSpan Soonest = TimeSpan.FromSeconds(1);

    internal async Task RunAsync(CancellationToken cancellation)
    {
        var pause = Soonest;
        while (true)
        {
            var found = await search.RunAsync(cancellation);
            if (found.Nodes is { } nodes)
            {
                pool.Find(source, nodes);
                pause = found.TimeToLive < Soonest ? Soonest : found.TimeToLive;
            }
            else
            {
                pause *= 2;
            }

            pause = pause < every ? pause : every;
            board.Note(new DiscoveryState(pool.Name, source.Url, search.KnownNodes, found.Fault, time.GetUtcNow()));
            await Task.Delay(pause, time, cancellation);
        }
    }
}
