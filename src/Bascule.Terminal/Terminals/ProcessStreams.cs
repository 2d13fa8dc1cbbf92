namespace Bascule.Terminal;

/// <summary>Descriptors of a process that is about to start: our ends, and those that are the child's alone afterwards.</summary>
/// <param name="Master">Of the terminal; -1 with pipes.</param>
/// <param name="Outputs">stdout and stderr, or the master alone.</param>
internal sealed record ProcessStreams(int Master, int Input, int[] Outputs, int[] Theirs)
{
    /// <summary>The slave's name, for the child to open; null with pipes.</summary>
    internal string? Terminal { get; private init; }

    /// <exception cref="TerminalStartException">The system has no terminal left.</exception>
    internal static ProcessStreams OnTerminal(TerminalSize size)
    {
        var (master, slave, name) = PseudoTerminal.Open(size);
        return new(master, master, [master], [slave]) { Terminal = name };
    }

    /// <exception cref="TerminalStartException">The system has no descriptor left.</exception>
    internal static ProcessStreams OnPipes()
    {
        var made = new List<int>();
        try
        {
            var input = MakePipe(made);
            var output = MakePipe(made);
            var errors = MakePipe(made);
            foreach (var ours in new[] { input.WriteEnd, output.ReadEnd, errors.ReadEnd })
                Libc.SetNonBlocking(ours);
            return new(-1, input.WriteEnd, [output.ReadEnd, errors.ReadEnd], [input.ReadEnd, output.WriteEnd, errors.WriteEnd]);
        }
        catch (TerminalStartException)
        {
            made.ForEach(Libc.Close);
            throw;
        }
    }

    internal void CloseOurs()
    {
        foreach (var descriptor in Outputs.Append(Input).Distinct())
            Libc.Close(descriptor);
    }

    internal void CloseTheirs()
    {
        foreach (var descriptor in Theirs)
            Libc.Close(descriptor);
    }

    private static (int ReadEnd, int WriteEnd) MakePipe(List<int> made)
    {
        var fault = Libc.MakePipe(out var readEnd, out var writeEnd);
        if (fault < 0)
            throw new TerminalStartException(StartFault.NoDescriptors, $"No descriptor is left for a command (pipe: error {-fault}). Raise the limit of open files of the host (ulimit -n), or have fewer sessions on it.");
        made.AddRange([readEnd, writeEnd]);
        return (readEnd, writeEnd);
    }
}
