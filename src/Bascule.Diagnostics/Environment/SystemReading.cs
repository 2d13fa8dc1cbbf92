using System.Runtime.InteropServices;

namespace Bascule.Diagnostics;

/// <summary>Reads what the system says of itself and of this process.</summary>
internal static class SystemReading
{
    private const string CgroupFolder = "/sys/fs/cgroup";

    internal static SystemSeen Read(IReadOnlyDictionary<string, string> environment, TimeProvider time) => new(
        RuntimeInformation.OSDescription,
        ReadFirstLine("/proc/sys/kernel/osrelease") ?? Environment.OSVersion.VersionString,
        RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant(),
        RuntimeInformation.FrameworkDescription,
        Environment.MachineName,
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        time.LocalTimeZone.Id,
        Environment.UserName,
        Environment.ProcessId,
        ContainerOf(environment));

    /// <summary>Those of the process, then those of its cgroup. Empty where the system has no such files.</summary>
    internal static IReadOnlyList<LimitSeen> Limits() => [.. OfProcess(), .. OfCgroup()];

    private static IEnumerable<LimitSeen> OfProcess()
    {
        // Columns of /proc/self/limits: name (26), soft (21), hard (21), unit.
        foreach (var line in ReadLines("/proc/self/limits").Skip(1))
        {
            if (line.Length < 67)
                continue;
            var unit = line.Length > 68 ? line[68..].Trim() : "";
            yield return new LimitSeen(line[..26].Trim(), line[26..47].Trim(), line[47..68].Trim(), unit.Length == 0 ? null : unit);
        }
    }

    private static IEnumerable<LimitSeen> OfCgroup()
    {
        foreach (var (file, unit) in new[] { ("memory.max", "bytes"), ("memory.current", "bytes"), ("cpu.max", "quota and period in microseconds"), ("pids.max", "processes") })
        {
            if (ReadFirstLine(Path.Combine(CgroupFolder, file)) is { } value)
                yield return new LimitSeen($"cgroup {file}", value, null, unit);
        }
    }

    private static string? ContainerOf(IReadOnlyDictionary<string, string> environment) =>
        environment.ContainsKey("KUBERNETES_SERVICE_HOST") ? "kubernetes"
        : environment.ContainsKey("K_SERVICE") ? "cloud run"
        : File.Exists("/.dockerenv") ? "docker"
        : File.Exists("/run/.containerenv") ? "podman"
        : null;

    private static string? ReadFirstLine(string file) => ReadLines(file).FirstOrDefault();

    private static string[] ReadLines(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllLines(file) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What may not be read is not there for us.
            return [];
        }
    }
}
