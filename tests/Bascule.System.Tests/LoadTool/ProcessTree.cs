using System.Diagnostics;

namespace Bascule.System.Tests;

/// <summary>Processes that a process of a test started.</summary>
internal static class ProcessTree
{
    private const string Root = "/proc";

    /// <summary>In the order of their start.</summary>
    internal static IReadOnlyList<int> ChildrenOf(int parent) =>
        [.. Directory.EnumerateDirectories(Root).Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(name => int.Parse(name!)).Where(id => StatOf(id) is [_, var by, ..] && by == $"{parent}").Order()];

    /// <summary>One that has ended and was not asked for its exit code yet counts as dead.</summary>
    internal static bool IsAlive(int id) => StatOf(id) is [not "Z", ..];

    internal static void Kill(int id)
    {
        using var process = Process.GetProcessById(id);
        process.Kill();
    }

    internal static void Signal(int id, string name)
    {
        using var kill = Process.Start("bash", ["-c", $"kill -s {name} {id}"]);
        kill.WaitForExit();
    }

    /// <summary>State, parent and so on, from proc(5): what stands behind the name, which may have spaces. Empty when there is no such process.</summary>
    private static string[] StatOf(int id)
    {
        try
        {
            var text = File.ReadAllText($"{Root}/{id}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return [];
        }
    }
}
