using Bascule.Cluster;
using Bascule.Settings;

namespace Bascule.Cli;

/// <summary>Whether the storage of a configuration can be opened, as <c>serve</c> would open it.</summary>
/// <param name="Name">Engine and place, without secrets; null when the storage is <c>memory</c>.</param>
/// <param name="Problem">What was tried, what was seen, what to do; null when it answers.</param>
internal sealed record StorageCheck(string? Name, string? Problem)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    internal bool IsGood => Problem is null;

    internal static async Task<StorageCheck> RunAsync(BasculeSettings settings, string workingDirectory, CancellationToken interruption)
    {
        await using var store = Gateway.Storage.Make(settings, workingDirectory, TimeProvider.System);
        if (store is null)
            return new StorageCheck(null, null);
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(interruption, patience.Token);
        try
        {
            await store.OpenAsync(bound.Token).WaitAsync(bound.Token);
            return new StorageCheck(store.Name, null);
        }
        catch (StoreUnavailableException e)
        {
            return new StorageCheck(store.Name, e.Message);
        }
        catch (OperationCanceledException) when (!interruption.IsCancellationRequested)
        {
            return new StorageCheck(store.Name, $"{store.Name}: no answer within {Patience.TotalSeconds:0} s. See whether it runs, and whether a firewall lies between; --offline checks without it.");
        }
    }
}
