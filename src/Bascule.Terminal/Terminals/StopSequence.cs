using Microsoft.Extensions.Logging;

namespace Bascule.Terminal;

/// <summary>Ends all processes of a session: first as a line that is hung up, then by request, then by force.</summary>
internal sealed class StopSequence(RunningProcess process, PtyReactor reactor, string session, ILogger log, TimeProvider time)
{
    // Source of all: A.5 of the design of terminals; what shells and editors need to save their files.
    private static readonly TimeSpan HangUpTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan TerminateTime = TimeSpan.FromSeconds(3);

    /// <summary>How long the kernel may take with what was killed, and with what a killed one made just before.</summary>
    private static readonly TimeSpan KillTime = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LookTime = TimeSpan.FromMilliseconds(100);
    private const int KillRounds = 20;

    /// <summary>Done when all are gone, or hang in the kernel.</summary>
    internal async Task StopAsync()
    {
        // 1. As if the line were cut: shells pass it on to their jobs. A stopped process hears it only when it goes on.
        reactor.TryPost(() =>
        {
            process.PrepareStop();
            process.SignalGroups(SignalName.HangUp);
            process.SignalGroups(SignalName.Continue);
        });
        if (!await IsGoneWithinAsync(HangUpTime))
            await EndRestAsync();
    }

    /// <summary>The first process ended by itself; what it left behind goes too.</summary>
    internal async Task StopLeftoversAsync()
    {
        if (await FindAsync() is not { Count: 0 })
            await EndRestAsync();
    }

    private async Task EndRestAsync()
    {
        // 2. A request to every single one: those that made sessions of their own have heard nothing yet.
        await SignalAllAsync(SignalName.Terminate);
        if (await IsGoneWithinAsync(TerminateTime))
            return;
        // 3. No choice. Again and again, because some may have been born meanwhile.
        for (var round = 0; round < KillRounds; round++)
        {
            await SignalAllAsync(SignalName.Kill);
            if (await IsGoneWithinAsync(KillTime))
                return;
        }

        log.TerminalSurvived(session, process.Id);
        reactor.TryPost(process.GiveUp);
    }

    private async Task SignalAllAsync(int signal)
    {
        reactor.TryPost(() =>
        {
            process.SignalGroups(signal);
            process.SignalGroups(SignalName.Continue);
        });
        var buffer = ProcessTable.MakeBuffer();
        var count = 0;
        foreach (var found in await FindAsync() ?? [])
        {
            try
            {
                count += ProcessTable.Signal(found, signal, IsOurs) ? 1 : 0;
            }
            catch (IOException e)
            {
                log.ProcessesUnseen(session, e.Message);
            }
        }

        log.LeftoversSignalled(session, SignalName.Of(signal), count);

        bool IsOurs(int other) => IsOfSession(other) || ProcessTable.VariableOf(other, ChildEnvironment.SessionMark, buffer) == session;
    }

    private async Task<bool> IsGoneWithinAsync(TimeSpan most)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            if (process.Finished.IsCompleted && await FindAsync() is { Count: 0 })
                return true;
            var left = most - time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
                return false;
            var look = Task.Delay(left < LookTime ? left : LookTime, time, CancellationToken.None);
            await (process.Finished.IsCompleted ? look : Task.WhenAny(look, process.Finished));
        }
    }

    /// <summary>By their mark, and by their session while its number cannot be another's. Null: the system does not let us look now, and nothing is known.</summary>
    private async Task<IReadOnlyCollection<int>?> FindAsync()
    {
        try
        {
            var found = (await reactor.Scan.NextAsync())[session].ToHashSet();
            if (!process.IsTaken)
                found.UnionWith(ProcessTable.Others().Where(IsOfSession));
            return found;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.ProcessesUnseen(session, e.Message);
            return null;
        }
    }

    private bool IsOfSession(int other) => !process.IsTaken && ProcessCalls.SessionOf(other) == process.Id && !process.IsTaken;
}
