namespace Bascule.Diagnostics;

/// <summary>Probes a URL: DNS, TCP, TLS, HTTP, upgrade, and what the WebSocket then does; names the guilty hop.</summary>
public sealed class ProbeRun(ProbeTarget target, ProbeOptions options)
{
    /// <summary>Never throws for what the other side does. Interrupted, it returns what it has.</summary>
    /// <param name="onStep">Called for each step as it ends.</param>
    public async Task<ProbeReport> RunAsync(Action<ProbeStep>? onStep, CancellationToken interruption)
    {
        if (options.Direct is not { } direct)
            return await WalkAsync(onStep, interruption);
        // Side by side: the idle ladder may take an hour. The crowd goes one way only, else it would be two.
        var behind = new ProbeRun(direct, options with { Direct = null, Handshakes = 0 }).WalkAsync(null, interruption);
        var report = await WalkAsync(onStep, interruption) with { Direct = await behind };
        return DirectJudge.Of(report, report.Direct) is { } verdict ? report with { Verdicts = [.. report.Verdicts.Prepend(verdict).OrderBy(v => v.Severity)] } : report;
    }

    private async Task<ProbeReport> WalkAsync(Action<ProbeStep>? onStep, CancellationToken interruption)
    {
        var ladder = new Ladder(Sending(), options.Clock.Time, onStep);
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
        return new ProbeReport(target.Shown, verdicts, ladder.Steps, [.. walk.Hops.Select(h => h with { Sign = ladder.Masked(h.Sign) })], Masked(walk.Facts, ladder), null, ladder.Since(start)) { WasInterrupted = interruption.IsCancellationRequested };
    }

    /// <summary>The target with all that is sent on the way to it: a proxy may repeat its password.</summary>
    private ProbeTarget Sending() =>
        EnvironmentProxy.VariableFor(target, options.Environment) is var (name, value) && EnvironmentProxy.Read(name, value)?.Authorization is { } authorization
            ? target with { Headers = [.. target.Headers, new("Proxy-Authorization", authorization)] }
            : target;

    private static ProbeFacts Masked(ProbeFacts facts, Ladder ladder) => facts with
    {
        Server = facts.Server is { } server ? ladder.Masked(server) : null,
        Subprotocol = facts.Subprotocol is { } subprotocol ? ladder.Masked(subprotocol) : null,
        Extensions = facts.Extensions is { } extensions ? ladder.Masked(extensions) : null,
    };
}
