using System.CommandLine;
using System.Runtime.InteropServices;
using Bascule.Load;

namespace Bascule.Cli;

/// <summary>One <c>bascule load</c> from its options to its report.</summary>
internal sealed class LoadSession(Surroundings surroundings, int? workersWanted, bool linesWanted)
{
    private const int MostWorkers = 64;

    // Each needs some 50 MB and a second of a core to start. More than these nobody expects of a number of connections.
    private const int MostUnasked = 8;

    internal async Task<int> RunAsync(ParseResult parse, LoadOptions options, JudgeOptions judges, CancellationToken interruption)
    {
        try
        {
            // The name of the first fault is not enough: all are told at once.
            var (judgement, judgeFaults) = await judges.ReadAsync(parse, interruption);
            var (plan, planFaults) = options.Read(parse, await TokensAsync(parse, options, interruption));
            string[] faults = [.. planFaults, .. judgeFaults, .. WorkerFaults(plan), .. GoalFaults(plan, judgement)];
            if (faults.Length > 0)
                return Refuse(faults);

            SocketThreads.RunInline();
            return judgement.Goal is { } goal
                ? await SearchAsync(plan, goal, judgement, interruption)
                : await ReportAsync(await MakeAsync(plan, interruption), judgement);
        }
        catch (OperationCanceledException) when (interruption.IsCancellationRequested)
        {
            // Nothing had begun, so there is nothing to report.
            surroundings.Output.ErrorLine("Interrupted.");
            return ExitCodes.Interrupted;
        }
        catch (AdminFault fault)
        {
            surroundings.Output.ErrorLine(fault.Message);
            return fault.ExitCode;
        }
    }

    private async Task<IReadOnlyList<string>> TokensAsync(ParseResult parse, LoadOptions options, CancellationToken interruption) =>
        options.TokenCommandOf(parse) is { } command ? await LoadTokens.FromCommandAsync(command, surroundings.WorkingDirectory, interruption)
        : options.TokensFromInput(parse) ? await LoadTokens.FromInputAsync(surroundings.Input, interruption)
        : [];

    private IEnumerable<string> WorkerFaults(LoadPlan plan)
    {
        var limit = SelfWatch.DescriptorLimit();
        if (workersWanted is < 1 or > MostWorkers)
            yield return $"--workers is {workersWanted}. Write 1 to {MostWorkers}.";
        else if (workersWanted > plan.Connections)
            yield return $"--workers is {workersWanted}, more than the {plan.Connections} connections.";
        else if (WorkerNeeds.FaultOf(plan.Connections, limit, workersWanted, MostUnasked, MostWorkers) is { } fault)
            yield return fault;
    }

    private static IEnumerable<string> GoalFaults(LoadPlan plan, Judgement judgement)
    {
        foreach (var threshold in judgement.Thresholds)
            if (threshold.FaultIn(plan) is { } hopeless)
                yield return $"--threshold {threshold.Text} cannot hold: {hopeless}.";
        if (judgement.Goal is not null && (plan.Mode != LoadMode.Echo || plan.Rate is null || plan.Targets.Count > 1))
            yield return "--target-latency searches a rate: it needs the mode echo, one target, and --rate to begin with.";
    }

    private int Refuse(IReadOnlyList<string> faults)
    {
        foreach (var fault in faults)
            surroundings.Output.ErrorLine(fault);
        surroundings.Output.ErrorLine("See: bascule load --help");
        return ExitCodes.Usage;
    }

    private async Task<LoadResult> MakeAsync(LoadPlan plan, CancellationToken interruption)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(interruption);
        var workers = workersWanted ?? WorkerNeeds.Of(plan.Connections, SelfWatch.DescriptorLimit());
        LoadResult result;
        await using (var view = new LoadView(plan, surroundings.Output, OpenScreen(), stop.Cancel))
            result = workers > 1
                ? await new LoadWorkers(workers).RunAsync(plan, view.Show, stop.Token)
                : await Warmup.RunWarmAsync(plan, view.Show, TimeProvider.System, stop.Token);
        result = result with { Environment = EnvironmentOfProcess(), Interrupted = result.Interrupted || stop.IsCancellationRequested };
        return interruption.IsCancellationRequested ? result : await Explanations.AddAsync(result, interruption);
    }

    /// <summary>The report is that of the best run; what the search found stands before it.</summary>
    private async Task<int> SearchAsync(LoadPlan plan, LatencyTarget goal, Judgement judgement, CancellationToken interruption)
    {
        var search = new RateSearch(goal, plan.Rate ?? 1);
        var results = new Dictionary<double, LoadResult>();
        RateAnswer? answer = null;
        while (answer is null)
        {
            var result = await MakeAsync(plan with { Rate = search.Rate }, interruption);
            results[search.Rate] = result;
            answer = search.Add(result);
            surroundings.Output.ErrorLine(search.Tries[^1].ToString());
        }

        surroundings.Output.ErrorLine(answer.ToString());
        var isInterrupted = results.Values.Any(r => r.Interrupted);
        var code = await ReportAsync(answer.Best is { } best ? results[best.Rate] : results.Values.Last(), judgement);
        return isInterrupted ? ExitCodes.Interrupted : answer.Best is null ? ExitCodes.ThresholdFailed : code;
    }

    private async Task<int> ReportAsync(LoadResult result, Judgement judgement)
    {
        var report = LoadReport.Of(result, judgement.Thresholds, judgement.Base);
        using var text = new StringWriter();
        switch (judgement.Form)
        {
            case ReportForm.Json:
                text.WriteLine(LoadJson.Write(report));
                break;
            case ReportForm.Csv:
                CsvReport.Write(report, text);
                break;
            case ReportForm.Md:
                MarkdownReport.Write(report, text);
                break;
            default:
                TextReport.Write(report, text, judgement.File is null && surroundings.Output is { IsTerminal: true, IsColored: true });
                break;
        }

        if (judgement.File is not { } file)
        {
            surroundings.Output.Text(text.ToString());
            return ExitCodeOf(report);
        }

        if (await ReportFile.WriteAsync(file, text.ToString()) is { } fault)
        {
            surroundings.Output.ErrorLine(fault);
            surroundings.Output.Text(text.ToString());
            return ExitCodes.OurFault;
        }

        surroundings.Output.ErrorLine($"The report is in {file}.");
        return ExitCodeOf(report);
    }

    private static int ExitCodeOf(LoadReport report) => report.Verdict switch
    {
        LoadVerdict.Interrupted => ExitCodes.Interrupted,
        LoadVerdict.GeneratorLimit => ExitCodes.GeneratorLimit,
        LoadVerdict.ThresholdFailed => ExitCodes.ThresholdFailed,
        LoadVerdict.Regression => ExitCodes.Regression,
        LoadVerdict.FoundFailures => report.NothingReached ? ExitCodes.Unreachable : ExitCodes.FoundFault,
        _ => ExitCodes.Good,
    };

    private Screen? OpenScreen() =>
        surroundings.Output.IsTerminal && !linesWanted && surroundings.Screen is { } device ? Screen.Open(device, surroundings.Output.IsColored, TimeProvider.System) : null;

    private static LoadEnvironment EnvironmentOfProcess()
    {
        var build = VersionCommand.Read();
        var ports = LoopbackSources.PortRange();
        return new LoadEnvironment(
            $"{build.Version} ({build.Commit[..Math.Min(12, build.Commit.Length)]})", RuntimeInformation.OSDescription, Environment.OSVersion.VersionString, Environment.ProcessorCount, SelfWatch.DescriptorLimit(), ports?.First, ports?.Last);
    }
}
