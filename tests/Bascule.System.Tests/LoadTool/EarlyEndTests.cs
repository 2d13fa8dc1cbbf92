using Bascule.Testing;

namespace Bascule.System.Tests;

/// <summary>Signals in the middle of <c>bascule load</c>: the report is written where there can be one, and no process stays behind.</summary>
public sealed class EarlyEndTests
{
    private const int Connections = 20;

    [Theory]
    [InlineData("INT", 1)]
    [InlineData("INT", 2)]
    [InlineData("TERM", 1)]
    [InlineData("TERM", 2)]
    [InlineData("HUP", 1)]
    [InlineData("HUP", 2)]
    public async Task A_signal_ends_the_run_and_the_report_is_written(string signal, int workers)
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);
        await using var process = await StartAsync(server, workers);
        var children = ProcessTree.ChildrenOf(process.Id);

        process.Signal(signal);
        var run = await LoadCall.EndAsync(process);

        Assert.Equal((130, "interrupted", true), (run.ExitCode, (string?)run.Summary["verdict"], run.Report["interrupted"]!.GetValue<bool>()));
        Assert.StartsWith("Interrupted after ", run.Headline, StringComparison.Ordinal);
        Assert.Equal((Connections, workers), (run.Figure("attempts"), run.Report["workers"]!.GetValue<int>()));
        Assert.Equal((0, 0), (run.Figure("failures"), run.Figure("lost")));
        Assert.True(run.Figure("received") > 0);
        Assert.Equal(workers == 1 ? 0 : workers, children.Count);
        Assert.All(children, child => Assert.False(ProcessTree.IsAlive(child)));
    }

    [Fact]
    public async Task Ctrl_C_that_reaches_the_workers_before_they_can_answer_it_is_an_interruption()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);
        await using var process = LoadCall.Start($"{server.Url}", "-c", $"{Connections}", "-d", "10m", "--workers", "2");
        var children = await Waiting.UntilAsync(() => Task.FromResult(ProcessTree.ChildrenOf(process.Id)), found => found.Count == 2, process.Report);

        // As a terminal does: all of them, and these have only just begun.
        process.Signal("INT");
        foreach (var child in children)
            ProcessTree.Signal(child, "INT");

        Assert.Equal(130, await process.ExitAsync());
        Assert.Contains("Interrupted", process.Output, StringComparison.Ordinal);
        Assert.All(children, child => Assert.False(ProcessTree.IsAlive(child)));
    }

    [Fact]
    public async Task A_machine_that_lets_a_process_open_too_few_files_is_told_before_the_run()
    {
        await using var process = ChildProcess.Start("bash", "-c", $"ulimit -n 256; exec dotnet '{Repository.Program}' load ws://127.0.0.1:1/ -c 2");

        Assert.Equal(64, await process.ExitAsync());
        Assert.StartsWith("A process may open 256 files here, and needs 300 beside its connections. Raise the limit: ulimit -n 4096", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_is_killed_is_named_and_the_others_end_with_it()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);
        await using var process = await StartAsync(server, workers: 2);
        var children = ProcessTree.ChildrenOf(process.Id);

        ProcessTree.Kill(children[0]);
        var exitCode = await process.ExitAsync();

        Assert.Equal((70, ""), (exitCode, process.StandardOutput));
        Assert.Matches($@"^Worker [12] of 2 \(process {children[0]}\) was ended by signal 9 before it told what it found\.", process.Output);
        Assert.All(children, child => Assert.False(ProcessTree.IsAlive(child)));
    }

    [Fact]
    public async Task Workers_end_when_the_process_that_started_them_is_killed()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);
        await using var process = await StartAsync(server, workers: 2);
        var children = ProcessTree.ChildrenOf(process.Id);

        process.Signal("KILL");

        await Waiting.UntilAsync(() => Task.FromResult(children.Count(ProcessTree.IsAlive)), alive => alive == 0, process.Report);
        await Waiting.UntilAsync(() => Task.FromResult(server.Open), open => open == 0, process.Report);
    }

    /// <summary>Returns when all connections are made and an echo has come back: none of them sends a second message before.</summary>
    private static async Task<ChildProcess> StartAsync(BrokenServer server, int workers)
    {
        var process = LoadCall.Start($"{server.Url}", "-c", $"{Connections}", "-d", "10m", "--workers", $"{workers}", "--json");
        try
        {
            await Waiting.UntilAsync(() => Task.FromResult((server.Open, server.Messages)), at => at.Open == Connections && at.Messages > Connections, process.Report);
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }
}
