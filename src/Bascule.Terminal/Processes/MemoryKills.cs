using System.Globalization;

namespace Bascule.Terminal;

/// <summary>How often the kernel ended a process of this host's control group because its memory was used up. In a pod that is the whole container.</summary>
internal static class MemoryKills
{
    private const string Groups = "/sys/fs/cgroup";

    /// <returns>0 where there is no control group with such a count (cgroup v2 has one).</returns>
    internal static long Count() => Read("/proc/self/cgroup") is { } own
        && own.Split('\n').FirstOrDefault(line => line.StartsWith("0::", StringComparison.Ordinal)) is { } line
        && Read($"{Groups}{line[3..].TrimEnd('/')}/memory.events") is { } events
            ? CountIn(events)
            : 0;

    internal static long CountIn(string events) =>
        events.Split('\n').Select(line => line.Split(' ')).FirstOrDefault(parts => parts is ["oom_kill", _]) is [_, var count]
            ? long.Parse(count, CultureInfo.InvariantCulture)
            : 0;

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
