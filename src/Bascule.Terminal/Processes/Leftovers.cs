namespace Bascule.Terminal;

/// <summary>Processes of terminals that outlived them, found by the marks in their environment.</summary>
/// <remarks>Not found: a process that was started with a cleared environment (<c>env -i</c>), or as another user. Pods have no such gap; see docs/decisions/terminals.md.</remarks>
public static class Leftovers
{
    // Each round kills all there are; what a fork bomb makes meanwhile is in the next one.
    private const int Rounds = 100;

    /// <summary>Kills all processes of all terminals of a host that is gone. Returns how many.</summary>
    public static int KillOfHost(string hostMark) => Kill(ChildEnvironment.HostMark, hostMark);

    /// <summary>Kills all processes of one session. Returns how many.</summary>
    public static int KillOfSession(string sessionId) => Kill(ChildEnvironment.SessionMark, sessionId);

    private static int Kill(string name, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(value);
        var buffer = ProcessTable.MakeBuffer();
        var killed = new HashSet<int>();
        for (var round = 0; round < Rounds; round++)
        {
            // One that was killed keeps its environment until it is gone, and may hang in the kernel: only new ones ask for another round.
            var found = ProcessTable.Others().Where(IsMarked).ToList();
            var isNew = false;
            foreach (var process in found)
                isNew |= ProcessTable.Signal(process, SignalName.Kill, IsMarked) && killed.Add(process);
            if (!isNew)
                break;
        }

        return killed.Count;

        bool IsMarked(int process) => ProcessTable.VariableOf(process, name, buffer) == value;
    }
}
