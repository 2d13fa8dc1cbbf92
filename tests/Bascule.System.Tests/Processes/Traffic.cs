namespace Bascule.System.Tests;

/// <summary>Numbered messages over many connections, round after round, each of which must come back in its turn.</summary>
internal sealed class Traffic : IAsyncDisposable
{
    /// <summary>Enough to keep both cores busy, few enough to leave the gateway its half.</summary>
    private const int AtOnce = 50;

    private readonly IReadOnlyCollection<RawClient> _clients;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private int _rounds;

    internal Traffic(IReadOnlyCollection<RawClient> clients)
    {
        _clients = clients;
        _running = Task.Run(RunAsync);
    }

    internal int Rounds => Volatile.Read(ref _rounds);

    /// <summary>Waits until all connections have talked after now.</summary>
    internal Task ComesThroughAsync()
    {
        // The round that is under way began before.
        var goal = Rounds + 2;
        return Waiting.UntilAsync(
            async () =>
            {
                if (_running.IsCompleted)
                    await _running;
                return Rounds;
            },
            rounds => rounds >= goal,
            () => $"{goal} rounds were to come.");
    }

    /// <summary>After the round that is under way. Fails when any message did not come back.</summary>
    internal async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var number = Rounds;
            await Parallel.ForEachAsync(_clients, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (client, _) => await client.EchoAsync($"{client.Attempt} {number}"));
            Volatile.Write(ref _rounds, number + 1);
        }
    }
}
