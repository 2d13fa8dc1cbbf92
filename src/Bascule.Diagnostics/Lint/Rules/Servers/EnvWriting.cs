namespace Bascule.Diagnostics;

/// <summary>Finds the commands that replace an env file, and what they change in it.</summary>
internal static class EnvWriting
{
    /// <summary>Commands before it among which a test for the file counts as a guard.</summary>
    private const int GuardReach = 6;

    internal static bool IsSample(string path) =>
        path.Contains("example", StringComparison.OrdinalIgnoreCase) || path.Contains("sample", StringComparison.OrdinalIgnoreCase) || path.Contains("template", StringComparison.OrdinalIgnoreCase) || path.Contains(".dist", StringComparison.OrdinalIgnoreCase);

    internal static IEnumerable<LintHit> Overwrites(Deployment deployment)
    {
        foreach (var file in deployment.Files.Where(f => f.Commands.Count > 0 && f.Kind is FileKind.Shell or FileKind.Workflow or FileKind.Manifest))
        {
            for (var i = 0; i < file.Commands.Count; i++)
            {
                if (Target(file.Commands[i]) is not { } target || IsGuarded(file.Commands, i, target) || WrittenBefore(file.Commands, i, target))
                    continue;
                var known = Known(deployment, target);
                // A runner of CI starts with an empty folder: only a file of the repository can be lost there.
                if (file.Kind == FileKind.Workflow && known is null)
                    continue;
                yield return new LintHit(file.Commands[i].Place, $"this step replaces {target}{Changes(deployment, file.Commands[i], known)}") { Edit = Guard(file, file.Commands[i], target) };
            }
        }
    }

    /// <summary>The env file that a command replaces; null where it does none.</summary>
    private static string? Target(ShellCommand command)
    {
        if (command.Writes.FirstOrDefault(IsEnvFile) is { } written)
            return written;
        if (command.Program == "tee" && !command.Words.Contains("-a") && !command.Words.Contains("--append"))
            return command.Words.Skip(1).FirstOrDefault(IsEnvFile);
        var isCopy = command.Program is "cp" or "install" && !command.Words.Any(w => w is "-n" or "--no-clobber" or "-u" or "-i" or "--backup" or "-b");
        return isCopy && command.Words.Count > 2 && IsEnvFile(command.Words[^1]) ? command.Words[^1] : null;
    }

    private static bool IsEnvFile(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        return (name.StartsWith(".env", StringComparison.Ordinal) || name.EndsWith(".env", StringComparison.Ordinal)) && !IsSample(name) && !name.Contains("bak", StringComparison.Ordinal) && !name.Contains("backup", StringComparison.Ordinal) && !name.Contains('$');
    }

    private static bool IsGuarded(IReadOnlyList<ShellCommand> commands, int at, string target)
    {
        var name = target[(target.LastIndexOf('/') + 1)..];
        return commands.Skip(Math.Max(0, at - GuardReach)).Take(Math.Min(at, GuardReach)).Any(c =>
            (c.Program is "[" or "test" or "[[" && c.Words.Any(w => w is "-f" or "-e" or "-s" or "-r") && c.Words.Any(w => w.EndsWith(name, StringComparison.Ordinal)))
            || (c.Program is "cp" or "mv" && c.Words.Count > 2 && c.Words[1].EndsWith(name, StringComparison.Ordinal))
            || (c.Program is "diff" or "cmp" && c.Words.Any(w => w.EndsWith(name, StringComparison.Ordinal))));
    }

    /// <summary>A script that makes the file piece by piece replaces it once.</summary>
    private static bool WrittenBefore(IReadOnlyList<ShellCommand> commands, int at, string target) => commands.Take(at).Any(c => Target(c) == target);

    /// <summary>The file of the folders that this is, by its path or else by its name.</summary>
    private static LintFile? Known(Deployment deployment, string target)
    {
        var path = target.StartsWith("./", StringComparison.Ordinal) ? target[2..] : target;
        return deployment.EnvFiles.FirstOrDefault(f => f.Path == path) ?? deployment.EnvFiles.FirstOrDefault(f => f.Path.EndsWith("/" + path, StringComparison.Ordinal))
            ?? deployment.EnvFiles.FirstOrDefault(f => f.Name == path[(path.LastIndexOf('/') + 1)..]);
    }

    private static string Changes(Deployment deployment, ShellCommand command, LintFile? known)
    {
        var written = Written(deployment, command);
        if (known is null)
            return written.Count == 0 ? "" : $" with {string.Join(", ", written.Select(w => w.Key).Distinct(StringComparer.Ordinal).Take(5))}; what else stood there is gone";
        var changed = written.Where(w => known.Root![w.Key] is { } old && old.Value != w.Value && w.Value?.Contains('$') != true)
            .Select(w => $"{w.Key} was {SafeText.Shown(w.Key, known.Root![w.Key]!.Value ?? "")} ({known.Root[w.Key]!.Place}) and becomes {SafeText.Shown(w.Key, w.Value ?? "")}").ToList();
        var lost = written.Count == 0 ? [] : known.Root!.Children.Select(c => c.Key).Distinct(StringComparer.Ordinal).Where(k => written.All(w => w.Key != k)).ToList();
        if (lost.Count > 0)
            changed.Add($"{string.Join(", ", lost.Take(5))}{(lost.Count > 5 ? " and more" : "")} {(lost.Count == 1 ? "is" : "are")} lost");
        return changed.Count == 0 ? "" : ": " + string.Join("; ", changed.Take(6));
    }

    /// <summary>The keys and values that a command writes, as far as it shows them.</summary>
    private static List<ConfigNode> Written(Deployment deployment, ShellCommand command)
    {
        if (command.Program is "cp" or "install")
            return Known(deployment, command.Words[^2])?.Root?.Children ?? [];
        var text = command.Input.Length > 0 ? command.Input : string.Join('\n', command.Words.Skip(1));
        return LineTrees.KeyValues(text.Replace("\\n", "\n", StringComparison.Ordinal), command.Place.File).Children;
    }

    private static LineEdit? Guard(LintFile file, ShellCommand command, string target)
    {
        var index = command.Place.Line - 1 - file.LinesBefore;
        if (file.Kind != FileKind.Shell || index < 0 || index >= file.Lines.Count || command.After.Length > 0 || command.Input.Length > 0)
            return null;
        var line = file.Lines[index].Trim();
        return command.Words.Count > 0 && line.StartsWith(command.Words[0], StringComparison.Ordinal) ? LineEdit.Replace(command.Place with { Column = 1 }, line, $"[ -f {target} ] || {line}") : null;
    }
}
