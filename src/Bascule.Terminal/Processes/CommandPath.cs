namespace Bascule.Terminal;

/// <summary>Finds the program of a command as execvp(3) does, by the PATH and from the folder that the child will have.</summary>
internal static class CommandPath
{
    /// <exception cref="TerminalStartException">There is none, or it may not be run.</exception>
    internal static string Find(string command, string searchPath, string folder)
    {
        if (command.Contains('/'))
            return Check(Path.GetFullPath(command, folder)) ?? throw NotFound($"There is no file {Path.GetFullPath(command, folder)}.");
        TerminalStartException? refusal = null;
        foreach (var place in searchPath.Split(':'))
        {
            try
            {
                if (Check(Path.Combine(Path.GetFullPath(place.Length == 0 ? "." : place, folder), command)) is { } found)
                    return found;
            }
            catch (TerminalStartException e)
            {
                // As execvp: one that may not be run does not hide one further on.
                refusal ??= e;
            }
        }

        throw refusal ?? NotFound($"There is no program `{command}` in the PATH of the session.");
    }

    /// <exception cref="TerminalStartException">The folder is not there, or may not be entered.</exception>
    internal static string CheckFolder(string folder)
    {
        if (!Path.IsPathFullyQualified(folder) || folder.Contains('\0'))
            throw new TerminalStartException(StartFault.WorkingDirectory, $"The working directory `{folder}` is no absolute path.");
        if (!Directory.Exists(folder))
            throw new TerminalStartException(StartFault.WorkingDirectory, $"The working directory {folder} is not there{(File.Exists(folder) ? ": it is a file" : "")}.");
        if (!Libc.IsExecutable(folder))
            throw new TerminalStartException(StartFault.WorkingDirectory, $"The working directory {folder} may not be entered by the user of this host.");
        return folder;
    }

    /// <returns>Null when it is not there.</returns>
    private static string? Check(string path)
    {
        if (Directory.Exists(path))
            throw new TerminalStartException(StartFault.NotExecutable, $"{path} is a folder, no program.");
        if (!File.Exists(path))
            return null;
        if (!Libc.IsExecutable(path))
            throw new TerminalStartException(StartFault.NotExecutable, $"{path} may not be run by the user of this host: it lacks the execute permission.");
        return path;
    }

    private static TerminalStartException NotFound(string message) => new(StartFault.CommandNotFound, message);
}
