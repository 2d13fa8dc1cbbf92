namespace Bascule.Gateway.Tests;

/// <summary>A gateway on its way down; disposing lets its time pass until it is.</summary>
internal sealed class Stop(TestGateway gateway) : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    /// <summary>The connections that had to be cut.</summary>
    internal Task<int> Task { get; } = gateway.Host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await Eventually.HoldsAsync(() =>
        {
            if (!Task.IsCompleted)
                gateway.Time.Advance(Step);
            return Task.IsCompleted;
        });
        await Task;
    }
}
