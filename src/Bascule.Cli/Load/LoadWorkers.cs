using System.ComponentModel;
using System.Diagnostics;
using Bascule.Load;

namespace Bascule.Cli;

/// <summary>Runs a plan in several processes of this program and adds up what they found.</summary>
public sealed class LoadWorkers(int count)
{
    /// <summary>After an interruption a worker has so long to say what it found.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(15);

    // What a shell adds to the number of a signal, and .NET too.
    private const int SignalBase = 128;

    private readonly Lock _lock = new();
    private readonly LoadProgress?[] _latest = new LoadProgress?[count];

    /// <exception cref="AdminFault">A worker died, or could not be started; the others were ended.</exception>
    /// <exception cref="OperationCanceledException">Interrupted before any worker had begun.</exception>
    internal async Task<LoadResult> RunAsync(LoadPlan plan, Action<LoadProgress> onSecond, CancellationToken interruption)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(interruption);
        LoadResult?[] told = await Task.WhenAll(Shares(plan, count).Select((share, i) => RunOneAsync(i, share, onSecond, ending, interruption)));
        LoadResult[] parts = [.. told.OfType<LoadResult>()];
        if (parts.Length == 0)
            interruption.ThrowIfCancellationRequested();
        return LoadResult.Merge(parts) with { Plan = parts[0].Plan with { Connections = plan.Connections, Ramp = plan.Ramp, InFlight = plan.InFlight } };
    }

    /// <summary>The same plan for each worker, with its part of the connections and of the rates.</summary>
    public static IEnumerable<LoadPlan> Shares(LoadPlan plan, int count)
    {
        var first = 0;
        for (var i = 0; i < count; i++)
        {
            var connections = (plan.Connections / count) + (i < plan.Connections % count ? 1 : 0);
            yield return plan with
            {
                Connections = connections,
                FirstConnection = first,
                Ramp = plan.Ramp * connections / plan.Connections,
                InFlight = Math.Max(1, plan.InFlight / count),
            };
            first += connections;
        }
    }

    /// <param name="ending">Cancelled, also from here, when all workers are to end.</param>
    /// <returns>Null when the interruption came before it could begin: Ctrl-C reaches all processes of a terminal, also those that cannot answer it yet.</returns>
    private async Task<LoadResult?> RunOneAsync(int index, LoadPlan share, Action<LoadProgress> onSecond, CancellationTokenSource ending, CancellationToken interruption)
    {
        using var process = Start(index);
        try
        {
            await TellAsync(process, share);

            // A worker ends early when its input ends: also when this process is killed.
            await using var onEnding = ending.Token.Register(() => EndInput(process));
            LoadResult? result = null;
            while (await process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
            {
                var (progress, last) = WorkerChannel.Read(line);
                result = last ?? result;
                if (progress is not null)
                    Show(index, progress, onSecond);
            }

            using var limit = new CancellationTokenSource(EndLimit, TimeProvider.System);
            await process.WaitForExitAsync(limit.Token);
            return result is null && !interruption.IsCancellationRequested ? throw Died(index, process) : result;
        }
        catch
        {
            // Without one of them there is no result: the others need not go on until the hold is over.
            await ending.CancelAsync();
            throw;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    private Process Start(int index)
    {
        try
        {
            return Process.Start(StartInfo()) ?? throw new InvalidOperationException("A worker process could not be started.");
        }
        catch (Win32Exception e)
        {
            throw new AdminFault(ExitCodes.OurFault, $"Worker {index + 1} of {count} could not be started: {e.Message}. The limits of this shell (`ulimit -a`) may be too low for it.");
        }
    }

    private static void EndInput(Process process)
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It is gone already, and has ended with that.
        }
    }

    private static async Task TellAsync(Process process, LoadPlan share)
    {
        try
        {
            await process.StandardInput.WriteLineAsync(WorkerChannel.Of(share).AsMemory(), CancellationToken.None);
            await process.StandardInput.FlushAsync(CancellationToken.None);
        }
        catch (IOException)
        {
            // It is gone already; its exit code says more than a broken pipe.
        }
    }

    private AdminFault Died(int index, Process process)
    {
        var code = process.ExitCode > SignalBase ? $"was ended by signal {process.ExitCode - SignalBase}" : $"ended with code {process.ExitCode}";
        return new AdminFault(ExitCodes.OurFault, $"Worker {index + 1} of {count} (process {process.Id}) {code} before it told what it found. The other workers were ended; there is no report.");
    }

    private void Show(int index, LoadProgress progress, Action<LoadProgress> onSecond)
    {
        lock (_lock)
        {
            _latest[index] = progress;

            // The first worker gives the beat, so that each second is shown once.
            if (index == 0)
                onSecond(ProgressSum.Of([.. _latest.OfType<LoadProgress>()]));
        }
    }

    private static ProcessStartInfo StartInfo()
    {
        // Either the program itself, or dotnet with the program as its first argument.
        var own = Environment.ProcessPath ?? "dotnet";
        var start = new ProcessStartInfo(own) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(own) == "dotnet")
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "bascule.dll"));
        foreach (var word in (string[])["load", LoadCommand.WorkerOption])
            start.ArgumentList.Add(word);
        return start;
    }
}
