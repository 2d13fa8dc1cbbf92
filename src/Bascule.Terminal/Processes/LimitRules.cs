using System.Globalization;

namespace Bascule.Terminal;

/// <summary>Puts <see cref="ProcessLimits"/> on a process that has just begun.</summary>
internal static class LimitRules
{
    // Numbers of the generic Linux interface: the same on x86-64 and arm64.
    private const int Cpu = 0;
    private const int Core = 4;
    private const int Processes = 6;
    private const int OpenFiles = 7;
    private const int AddressSpace = 9;

    /// <summary>Children that it made meanwhile get them too; later ones inherit them.</summary>
    /// <returns>Names of the limits that the system refused.</returns>
    internal static IReadOnlyList<string> Apply(int process, ProcessLimits limits)
    {
        var refused = new List<string>();
        Set("core", Core, 0);
        Set("open files", OpenFiles, (ulong?)limits.OpenFiles);
        Set("processes", Processes, (ulong?)limits.Processes);
        Set("memory", AddressSpace, (ulong?)limits.MemoryBytes);
        if (limits.CpuSeconds is { } seconds && !ProcessCalls.Limit(process, Cpu, (ulong)seconds, (ulong)seconds + 1))
            refused.Add("processor time");
        foreach (var child in ChildrenOf(process))
            Apply(child, limits);
        return refused;

        void Set(string name, int resource, ulong? most)
        {
            if (most is { } value && !ProcessCalls.Limit(process, resource, value, value))
                refused.Add(name);
        }
    }

    private static IEnumerable<int> ChildrenOf(int process)
    {
        string children;
        try
        {
            children = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task/{process}/children"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is over already, has become another user's, or the kernel does not tell (CONFIG_PROC_CHILDREN). It runs: nothing may be thrown here.
            return [];
        }

        return children.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(c => int.Parse(c, CultureInfo.InvariantCulture));
    }
}
