namespace Bascule.Diagnostics;

/// <summary>Probes a URL: DNS, TCP, TLS, HTTP, upgrade, and what the WebSocket then does; names the guilty hop.</summary>
public sealed class ProbeRun(ProbeTarget target, ProbeOptions options)
{
    /// <summary>Never throws for what the other side does. Interrupted, it returns what it has.</summary>
    /// <param name="onStep">Called for each step as it ends.</param>
    public async Task<ProbeReport> RunAsync(Action<ProbeStep>? onStep, CancellationToken interruption)
    {
        var ladder = new Ladder(target, options.Clock.Time, onStep);
        var walk = new ProbeWalk(target, options, ladder);
        var start = ladder.Now();
        try
        {
            await walk.GoAsync(interruption);
        }
        catch (OperationCanceledException) when (interruption.IsCancellationRequested)
        {
            // What was seen until now is worth having.
        }

        var verdicts = ladder.Steps.Select(s => s.Verdict).OfType<Verdict>().OrderBy(v => v.Severity).ToList();
        return new ProbeReport(target.Shown, verdicts, ladder.Steps, walk.Hops, walk.Facts, null, ladder.Since(start)) { WasInterrupted = interruption.IsCancellationRequested };
    }
}
