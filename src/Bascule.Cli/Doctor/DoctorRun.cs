using Bascule.Diagnostics;
using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary>Takes all sections of a plan side by side.</summary>
internal sealed class DoctorRun(DoctorPlan plan, Surroundings surroundings, DoctorProgress progress)
{
    /// <exception cref="IOException">A path is not there, or cannot be read.</exception>
    internal async Task<DoctorReport> RunAsync(CancellationToken interruption)
    {
        // 1. What waits for others, and what needs the processor, beside each other.
        var probing = Task.WhenAll(plan.Probes.Select(p => ProbeAsync(p.Target, p.Options, interruption)));
        var linting = plan.Paths.Count == 0 ? Task.FromResult<LintReport?>(null) : Task.Run(Lint, interruption);
        List<Task<CheckReport>> checks = [];
        if (plan.Configuration is { } configuration)
            checks.Add(Task.FromResult(ConfigurationCheck.Of(configuration)));
        if (plan.Host is { } host)
            checks.Add(new HostCheck(host).RunAsync(interruption));
        if (plan.Cluster is { } cluster)
            checks.Add(cluster(interruption));
        var environment = plan.Environment ? EnvironmentView.TakeAsync(surroundings.Environment, surroundings.WorkingDirectory, TimeProvider.System, interruption) : null;

        // 2. All of it, or the first failure: then nothing else is left running unawaited.
        await Task.WhenAll([probing, linting, .. checks, environment ?? Task.CompletedTask]);
        var probes = await probing;
        return new DoctorReport(new Diagnosis(probes.Length == 1 ? probes : [.. probes.Select(Named)], await linting, await Task.WhenAll(checks)), environment is null ? null : await environment);
    }

    private async Task<ProbeReport> ProbeAsync(ProbeTarget target, ProbeOptions options, CancellationToken interruption)
    {
        var report = await new ProbeRun(target, options).RunAsync(step => progress.Tell(target.Shown, AfterStep(step.Id, options)), interruption);
        progress.Done(target.Shown);
        return report;
    }

    /// <summary>Where several are probed, each verdict says of which it speaks.</summary>
    private static ProbeReport Named(ProbeReport report) => report with { Verdicts = [.. report.Verdicts.Select(v => v with { Headline = $"{report.Url}: {v.Headline}" })] };

    private static string AfterStep(string step, ProbeOptions options) =>
        step == "close" && options.Idle.Count > 0 ? $"silent for up to {Settings.DurationText.Format(options.Idle.Max())}" : step;

    private LintReport? Lint()
    {
        var count = 0;
        var files = FolderWalk.Read(plan.Paths, surroundings.WorkingDirectory).Select(file =>
        {
            progress.Tell("lint", Readable.Count(++count, "file"));
            return file;
        });
        var report = LintRun.Run(files, plan.Lint).Shortened();
        progress.Done("lint");
        return report;
    }
}

/// <summary>What was found, and the view of the surroundings where it was asked for.</summary>
internal sealed record DoctorReport(Diagnosis Diagnosis, EnvironmentReport? Environment)
{
    internal int ExitCode =>
        Diagnosis.Probes.Any(p => p.WasInterrupted) ? ExitCodes.Interrupted
        : !Diagnosis.IsReachable ? ExitCodes.Unreachable
        : Diagnosis.IsGood ? ExitCodes.Good : ExitCodes.FoundFault;
}
