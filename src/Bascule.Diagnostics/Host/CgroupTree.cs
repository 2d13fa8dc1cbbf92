namespace Bascule.Diagnostics;

/// <summary>The cgroup of this process, version 1 or 2: a limit holds wherever above us it is set.</summary>
internal sealed class CgroupTree(HostTree tree)
{
    private const string Mount = "sys/fs/cgroup";
    private const int MostLevels = 32;

    // Version 1 writes no limit as the largest number of whole pages.
    private const long NoLimit = long.MaxValue / 2;

    private bool IsVersion2 => tree.Exists($"{Mount}/cgroup.controllers");

    /// <summary>The smallest limit, and the folder that sets it; null without one.</summary>
    internal (long Limit, string Folder)? Limit(string controller, string file2, string file1)
    {
        (long Limit, string Folder)? smallest = null;
        foreach (var folder in Folders(controller))
        {
            if (tree.Number($"{folder}/{(IsVersion2 ? file2 : file1)}") is { } limit and < NoLimit and >= 0 && (smallest is null || limit < smallest.Value.Limit))
                smallest = (limit, folder);
        }

        return smallest;
    }

    /// <summary>The smallest share of processors, in whole ones: quota by period.</summary>
    internal double? Processors()
    {
        List<double> all = [];
        foreach (var folder in Folders("cpu"))
        {
            var numbers = IsVersion2 ? [.. HostTree.Words(tree.First($"{folder}/cpu.max")).Select(HostTree.NumberOf)] : (List<long?>)[tree.Number($"{folder}/cpu.cfs_quota_us"), tree.Number($"{folder}/cpu.cfs_period_us")];
            if (numbers is [{ } quota, { } period] && quota < NoLimit && quota > 0 && period > 0)
                all.Add((double)quota / period);
        }

        return all.Count == 0 ? null : all.Min();
    }

    /// <summary>A named number of a file of our own cgroup.</summary>
    internal long? Named(string controller, string file, string name) => Folders(controller).Select(f => tree.Named($"{f}/{file}", name)).FirstOrDefault(n => n is not null);

    internal long? Number(string folder, string file2, string file1) => tree.Number($"{folder}/{(IsVersion2 ? file2 : file1)}");

    internal long? Named(string folder, string file2, string file1, string name2, string name1) =>
        IsVersion2 ? tree.Named($"{folder}/{file2}", name2) : tree.Named($"{folder}/{file1}", name1);

    /// <summary>Our own folder first, then those above it.</summary>
    private IEnumerable<string> Folders(string controller)
    {
        var (mount, path) = Place(controller);
        // In a container without a cgroup namespace the path is that of the machine, and only the mount shows ours.
        if (path.Length > 0 && !tree.Exists(mount + path))
            path = "";
        for (var level = 0; level < MostLevels; level++)
        {
            yield return mount + path;
            if (path.Length == 0)
                yield break;
            path = path[..path.LastIndexOf('/')];
        }
    }

    private (string Mount, string Path) Place(string controller)
    {
        foreach (var line in tree.Lines("proc/self/cgroup"))
        {
            // 0::/path in version 2, 4:memory:/path and 3:cpu,cpuacct:/path in version 1.
            if (line.Split(':', 3) is not [_, var names, var path] || path.Contains("..", StringComparison.Ordinal))
                continue;
            path = path.TrimEnd('/');
            if (IsVersion2 && names.Length == 0)
                return (Mount, path);
            if (!IsVersion2 && names.Split(',').Contains(controller))
                return ($"{Mount}/{(tree.Exists($"{Mount}/{names}") ? names : controller)}", path);
        }

        return (IsVersion2 ? Mount : $"{Mount}/{controller}", "");
    }
}
