namespace Bascule.Diagnostics.Tests;

/// <summary>A machine as its files tell of it: healthy, until a test changes a file.</summary>
internal sealed class HostFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bascule-host-");
    private readonly Dictionary<string, ProgramAnswer> _programs = new(StringComparer.Ordinal)
    {
        ["dmesg"] = ProgramAnswer.Said("[    0.000000] Linux version 6.1\n[    1.000000] all is well\n"),
        ["chronyc"] = ProgramAnswer.Failed("chronyc is not installed"),
        ["timedatectl"] = ProgramAnswer.Said("yes\n"),
    };

    internal HostFolder()
    {
        OpenFiles("1048576", "1048576");
        With("proc/sys/fs/nr_open", "1073741816").With("proc/sys/fs/file-nr", "956\t0\t9223372036854775807");
        With("proc/sys/net/ipv4/ip_local_port_range", "32768\t60999").With("proc/sys/net/ipv4/ip_local_reserved_ports", "");
        With("proc/net/tcp", "  sl  local_address rem_address   st\n").With("proc/net/tcp6", "  sl  local_address rem_address   st\n");
        With("proc/meminfo", "MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:   12000000 kB\n");
        With("proc/stat", "cpu  1 2 3\ncpu0 1 2 3\ncpu1 1 2 3\nintr 5\n");
        With("proc/sys/net/core/somaxconn", "4096").With("proc/sys/net/ipv4/tcp_max_syn_backlog", "2048").With("proc/sys/net/ipv4/tcp_syncookies", "1");
        Drops(0, 0);
        With("proc/net/snmp", "Tcp: ActiveOpens PassiveOpens\nTcp: 10 10000\n");
        Sockets(timeWait: 15, pages: 226);
        With("proc/sys/net/ipv4/tcp_max_tw_buckets", "131072").With("proc/sys/net/ipv4/tcp_mem", "287901\t383869\t575802");
        With("proc/self/cgroup", "0::/app\n");
        With("sys/fs/cgroup/cgroup.controllers", "cpu memory pids");
        With("sys/fs/cgroup/app/cpu.stat", "usage_usec 1\nnr_periods 0\nnr_throttled 0\n");
    }

    internal HostFolder With(string path, string text)
    {
        var full = Path.Combine(_folder.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text.EndsWith('\n') ? text : text + "\n");
        return this;
    }

    internal HostFolder Without(string path)
    {
        var full = Path.Combine(_folder.FullName, path);
        if (Directory.Exists(full))
            Directory.Delete(full, recursive: true);
        else
            File.Delete(full);
        return this;
    }

    internal HostFolder OpenFiles(string soft, string hard, int sockets = 0, int others = 0)
    {
        With("proc/self/limits", $"Limit                     Soft Limit           Hard Limit           Units     \nMax open files            {soft,-21}{hard,-21}files     \n");
        var folder = Directory.CreateDirectory(Path.Combine(_folder.FullName, "proc/self/fd")).FullName;
        for (var i = 0; i < sockets + others; i++)
            File.CreateSymbolicLink(Path.Combine(folder, $"{i}"), i < sockets ? $"socket:[{i}]" : "/dev/null");
        return this;
    }

    internal HostFolder Drops(long overflows, long drops, long synDrops = 0) => With(
        "proc/net/netstat", $"TcpExt: SyncookiesSent ListenOverflows ListenDrops TCPReqQFullDoCookies TCPReqQFullDrop\nTcpExt: 0 {overflows} {drops} 0 {synDrops}\nIpExt: InNoRoutes\nIpExt: 0\n");

    internal HostFolder Sockets(long timeWait, long pages) => With("proc/net/sockstat", $"sockets: used 37\nTCP: inuse 6 orphan 0 tw {timeWait} alloc 8 mem {pages}\nUDP: inuse 0 mem 0\n");

    /// <summary>Connections from here to 10.0.0.5:8080, beside one that came in.</summary>
    internal HostFolder Outgoing(int count)
    {
        var lines = Enumerable.Range(0, count).Select(i => $"{i,4}: 0100000A:{32768 + i:X4} 0500000A:1F90 01 00000000:00000000");
        return With("proc/net/tcp", $"  sl  local_address rem_address   st\n   0: 00000000:21DA 00000000:0000 0A 0\n   1: 0100000A:21DA 0900000A:C000 01 0\n{string.Join('\n', lines)}\n");
    }

    internal HostFolder Conntrack(long used, long most) => With("proc/sys/net/netfilter/nf_conntrack_max", $"{most}").With("proc/sys/net/netfilter/nf_conntrack_count", $"{used}");

    internal HostFolder Says(string program, ProgramAnswer answer)
    {
        _programs[program] = answer;
        return this;
    }

    internal Task<CheckReport> CheckAsync(int sockets = 1000, int backEnds = 1) => new HostCheck(new HostCheckOptions
    {
        Root = _folder.FullName,
        Sockets = sockets,
        BackEnds = backEnds,
        Ask = (name, _, _) => Task.FromResult(_programs[name]),
    }).RunAsync(TestContext.Current.CancellationToken);

    /// <summary>One step, after a check with 1,000 connections expected.</summary>
    internal async Task<ProbeStep> StepAsync(string id) => Assert.Single((await CheckAsync()).Steps, s => s.Id == id);

    public void Dispose() => _folder.Delete(recursive: true);
}
