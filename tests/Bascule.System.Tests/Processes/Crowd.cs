using System.Collections.Concurrent;

namespace Bascule.System.Tests;

/// <summary>Many clients at once.</summary>
internal static class Crowd
{
    /// <summary>Attempts under way at a time: the listen backlog of the echo is 511, and what does not fit in there waits a second for TCP to ask again.</summary>
    private const int AtOnce = 400;

    /// <summary>Does it for all, many at a time; all failures are told, by kind.</summary>
    internal static async Task ForEachAsync<T>(IEnumerable<T> items, Func<T, Task> act, Func<string> output)
    {
        var failures = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (item, _) =>
        {
            try
            {
                await act(item);
            }
            catch (Exception e)
            {
                failures.Add($"{e.GetType().Name}: {e.Message}");
            }
        });
        var kinds = failures.GroupBy(f => f, StringComparer.Ordinal).Select(kind => $"{kind.Count()} times {kind.Key}").Take(10);
        var warnings = output().Split('\n').Where(l => l.Contains(" warn ", StringComparison.Ordinal) || l.Contains(" error ", StringComparison.Ordinal)).Take(10);
        Assert.True(failures.IsEmpty, $"{failures.Count} failed:\n{string.Join('\n', kinds.Concat(warnings))}");
    }

    /// <summary>So many clients, all of them connected.</summary>
    internal static async Task<List<RawClient>> ConnectAsync(GatewayProcess gateway, string path, IEnumerable<string?> tokens)
    {
        var clients = new ConcurrentBag<RawClient>();
        await ForEachAsync(tokens, async token => clients.Add(await RawClient.ConnectAsync(gateway.WebSocketUrl + path, token)), () => gateway.Process.Output);
        return [.. clients];
    }

    /// <summary>Tries at all gateways in turn, all together.</summary>
    internal static async Task<(List<RawClient> Open, List<string> Refused)> TryAsync(int times, string? token, string path, params GatewayProcess[] gateways)
    {
        var results = await Task.WhenAll(Enumerable.Range(0, times).Select(i => RawClient.TryConnectAsync(gateways[i % gateways.Length].WebSocketUrl + path, token)));
        return ([.. results.Select(r => r.Client).OfType<RawClient>()], [.. results.Where(r => r.Client is null).Select(r => r.Refusal)]);
    }

    /// <summary>All of them say goodbye.</summary>
    internal static async Task CloseAsync(IReadOnlyCollection<RawClient> clients)
    {
        await ForEachAsync(clients, client => client.CloseAsync(), () => "");
        foreach (var client in clients)
            client.Dispose();
    }
}
