namespace Bascule.Diagnostics;

/// <summary>Open files: each end of a connection is one.</summary>
internal static class FileItems
{
    private const double NearlyAll = 0.9;

    internal static HostItem OfProcess(HostTree tree, HostCheckOptions options)
    {
        const string id = "open-files";
        var words = tree.Lines("proc/self/limits").Where(l => l.StartsWith("Max open files", StringComparison.Ordinal)).Select(HostTree.Words).FirstOrDefault();
        if (words is not [_, _, _, var softText, var hardText, ..] || HostTree.NumberOf(softText) is not { } soft || HostTree.NumberOf(hardText) is not { } hard)
            return HostItem.Skip(id, "/proc/self/limits does not tell the limit of open files");
        var most = tree.Number("proc/sys/fs/nr_open") ?? HostTree.Unlimited;
        hard = Math.Min(hard, most);
        var open = tree.Entries("proc/self/fd");
        var (used, others) = (open?.Count ?? 0, open?.Count(e => !e.StartsWith("socket:", StringComparison.Ordinal)) ?? 0);
        var allowed = hard == HostTree.Unlimited ? (long?)null : Math.Max(0, hard - others) / HostItem.EndsOfConnection;
        var raises = soft < hard ? "; Bascule raises the soft limit by itself, most other programs do not" : "";
        var seen = $"soft {HostItem.Count(soft)}, hard {HostItem.Count(hard)}, used {HostItem.Count(used)}, two for each connection{raises}";
        var fix = Fix(options.Sockets, most);
        const string symptom = "New connections hang or are refused, and the log says \"too many open files\".";
        const string source = "https://man7.org/linux/man-pages/man2/getrlimit.2.html";
        Verdict? verdict = null;
        if (used >= NearlyAll * hard)
            verdict = new("HOST-OPEN-FILES", Severity.Error, $"{HostItem.Count(used)} of {HostItem.Count(hard)} files are open: no room for connections.", seen, "Each end of a connection is an open file.", symptom, fix, source);
        else if (allowed < options.Sockets)
            verdict = new("HOST-OPEN-FILES", Severity.Warning, $"Open files allow {HostItem.Count(allowed.Value)} connections; {HostItem.Count(options.Sockets)} are expected.", seen, "Each end of a connection is an open file.", symptom, fix, source);
        return HostItem.Of(id, "open files", seen, verdict, allowed);
    }

    internal static HostItem OfSystem(HostTree tree, HostCheckOptions options)
    {
        const string id = "system-files";
        if (tree.Numbers("proc/sys/fs/file-nr") is not [var open, _, var most])
            return HostItem.Skip(id, "/proc/sys/fs/file-nr is not there");
        var allowed = most >= HostTree.Unlimited / 2 ? (long?)null : Math.Max(0, most - open) / HostItem.EndsOfConnection;
        var seen = $"fs.file-max {(allowed is null ? "no limit" : HostItem.Count(most))}, {HostItem.Count(open)} open on the whole machine, fs.nr_open {HostItem.Count(tree.Number("proc/sys/fs/nr_open") ?? HostTree.Unlimited)}";
        var isFull = open >= NearlyAll * most;
        Verdict? verdict = isFull || allowed < options.Sockets
            ? new(
                "HOST-SYSTEM-FILES", isFull ? Severity.Error : Severity.Warning, $"The machine has room for {HostItem.Count(2 * allowed ?? 0)} more open files, all programs together.", seen,
                "Beyond fs.file-max no program but root's gets a file or a socket.", "Connections fail on every service of the machine; the kernel's log says \"file-max limit reached\".",
                $"sysctl -w fs.file-max={Math.Max(1_000_000, 4L * options.Sockets)}, and the same line in /etc/sysctl.d/90-files.conf.", HostItem.KernelFiles)
            : null;
        return HostItem.Of(id, "open files of the machine", seen, verdict, allowed);
    }

    /// <summary>Some more than two for each: files, listeners, connections that are about to end.</summary>
    private static string Fix(int sockets, long most)
    {
        var wanted = Math.Max(65_536, (long)Math.Ceiling(2.2 * sockets) + 1000);
        var first = wanted > most ? $"First: sysctl -w fs.nr_open={wanted}. " : "";
        return $"{first}systemd: LimitNOFILE={wanted} in [Service]. Compose: ulimits: {{ nofile: {{ soft: {wanted}, hard: {wanted} }} }}. Docker: --ulimit nofile={wanted}. A shell: ulimit -n {wanted}. In Kubernetes the runtime of the node sets it.";
    }
}
