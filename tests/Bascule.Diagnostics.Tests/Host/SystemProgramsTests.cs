using Bascule.Testing;

namespace Bascule.Diagnostics.Tests;

/// <summary>How programs of the system are asked.</summary>
public sealed class SystemProgramsTests
{
    [Fact]
    public async Task What_a_program_says_is_read_whole()
    {
        var answer = await new SystemPrograms(TimeProvider.System).AskAsync("sh", ["-c", "echo one; echo two; echo three >&2"], TestContext.Current.CancellationToken);

        Assert.Equal(ProgramAnswer.Said("one\ntwo\n"), answer);
    }

    [Fact]
    public async Task A_program_that_fails_or_is_not_there_is_an_answer_too()
    {
        var programs = new SystemPrograms(TimeProvider.System);

        var failed = await programs.AskAsync("sh", ["-c", "echo not permitted >&2; exit 1"], TestContext.Current.CancellationToken);
        var silent = await programs.AskAsync("sh", ["-c", "exit 3"], TestContext.Current.CancellationToken);
        var missing = await programs.AskAsync("no-such-program", [], TestContext.Current.CancellationToken);

        Assert.Equal(["not permitted", "sh ended with 3", "no-such-program is not installed"], new[] { failed, silent, missing }.Select(a => a.Problem));
    }

    [Fact]
    public async Task A_program_that_hangs_is_ended()
    {
        var time = new ManualTime();
        var asking = new SystemPrograms(time).AskAsync("sleep", ["600"], TestContext.Current.CancellationToken);

        while (!asking.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal("sleep did not answer within 3 s", (await asking).Problem);
    }
}
