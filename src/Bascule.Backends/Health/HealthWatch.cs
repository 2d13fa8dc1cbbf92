using Bascule.Settings;

namespace Bascule.Backends;

/// <summary>Checks one node, again and again. A node is up until checks say otherwise, so that a gateway that starts serves at once.</summary>
internal sealed class HealthWatch(Pool pool, Node node, HealthSettings settings, INodeProbe probe, TimeProvider time)
{
    internal async Task RunAsync(CancellationToken cancellation)
    {
        // The first check comes within the first interval, the others a tenth sooner or later: gateways and nodes do not check in step.
        await Task.Delay(settings.Every * Random.Shared.NextDouble(), time, cancellation);
        while (true)
        {
            var seen = await CheckAsync(cancellation);
            pool.ReportCheck(node, seen);
            await Task.Delay(settings.Every * (0.9 + (0.2 * Random.Shared.NextDouble())), time, cancellation);
        }
    }

    private async Task<string?> CheckAsync(CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(settings.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            return await probe.CheckAsync(node, settings, either.Token);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // Whatever a check throws is what it saw: the operator reads it in the condition of the node, and the watch goes on.
            return timeout.IsCancellationRequested ? $"no answer within {settings.Timeout.TotalSeconds:0.###} s" : $"{e.GetType().Name}: {e.Message}";
        }
    }
}
