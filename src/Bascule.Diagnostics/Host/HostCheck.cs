namespace Bascule.Diagnostics;

/// <summary>Looks at the machine, or the container: how many connections it holds, and what it has dropped already. Reads files; changes nothing, asks no network.</summary>
public sealed class HostCheck(HostCheckOptions options)
{
    /// <summary>The step that says it in one line.</summary>
    public const string CapacityStep = "capacity";

    /// <summary>Never throws but for <paramref name="cancellation"/>: what cannot be read is a skipped step that says so.</summary>
    public async Task<CheckReport> RunAsync(CancellationToken cancellation)
    {
        var tree = new HostTree(options.Root);
        if (!tree.IsLinux)
            return new CheckReport("host", [HostItem.Skip(CapacityStep, "limits are read from /proc, which only Linux has; everything else of the doctor works here").Step]);
        var cgroup = new CgroupTree(tree);
        List<HostItem> items =
        [
            FileItems.OfProcess(tree, options),
            FileItems.OfSystem(tree, options),
            PortItems.Ports(tree, options),
            TableItems.Conntrack(tree, options),
            CgroupItems.Memory(tree, cgroup, options),
            CgroupItems.Processors(tree, cgroup),
            CgroupItems.Processes(tree, cgroup),
            QueueItems.Accepting(tree),
            QueueItems.Handshakes(tree),
            QueueItems.Drops(tree),
            PortItems.TimeWait(tree),
            TableItems.TcpMemory(tree),
            await ClockItem.TakeAsync(tree, options, cancellation),
            .. await KernelLogItems.TakeAsync(tree, options, cancellation),
        ];
        ConnectionLimit[] limits = [.. items.Select(i => i.Limit).OfType<ConnectionLimit>().OrderBy(l => l.Connections)];
        return new CheckReport("host", [new ProbeStep(CapacityStep, StepResult.Ok, TimeSpan.Zero, Capacity(limits), null), .. items.Select(i => i.Step)]) { Limits = limits };
    }

    private static string Capacity(ConnectionLimit[] limits) =>
        limits.Length == 0 ? "Nothing that can be read here limits connections" : $"This machine holds at most {HostItem.Count(limits[0].Connections)} connections: {limits[0].Name}";
}
