namespace Bascule.Diagnostics.Tests;

/// <summary>What a machine that is under load, or in a container, tells.</summary>
public sealed class HostLoadTests : IDisposable
{
    private const string Cgroup = "sys/fs/cgroup";

    private readonly HostFolder _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task The_memory_of_the_cgroup_counts_and_its_cache_is_free()
    {
        _host.With($"{Cgroup}/app/memory.max", "268435456").With($"{Cgroup}/app/memory.current", "200000000").With($"{Cgroup}/app/memory.stat", "anon 1\ninactive_file 100000000\n");

        var step = await _host.StepAsync("memory");

        Assert.Equal(StepResult.Ok, step.Result);
        Assert.StartsWith("14,846 connections: 168 MB of 268 MB free (its cgroup)", step.Evidence);
    }

    [Fact]
    public async Task A_limit_above_the_own_cgroup_holds_too()
    {
        _host.With("proc/self/cgroup", "0::/system.slice/app.service\n").With($"{Cgroup}/system.slice/app.service/memory.max", "max");
        _host.With($"{Cgroup}/system.slice/memory.max", "100000000").With($"{Cgroup}/system.slice/memory.current", "50000000");

        var step = await _host.StepAsync("memory");

        Assert.StartsWith("4,407 connections: 50 MB of 100 MB free", step.Evidence);
    }

    [Fact]
    public async Task Version_1_of_cgroups_is_read_as_well()
    {
        _host.Without($"{Cgroup}/cgroup.controllers").With("proc/self/cgroup", "9:name=systemd:/\n8:pids:/docker/abc\n4:memory:/docker/abc\n1:cpu,cpuacct:/docker/abc\n0::/\n");
        // The mounts show our own cgroup as their root: the path of the machine is not there.
        _host.With($"{Cgroup}/memory/memory.limit_in_bytes", "536870912").With($"{Cgroup}/memory/memory.usage_in_bytes", "36870912").With($"{Cgroup}/memory/memory.stat", "total_inactive_file 0\n");
        _host.With($"{Cgroup}/cpu,cpuacct/cpu.cfs_quota_us", "50000").With($"{Cgroup}/cpu,cpuacct/cpu.cfs_period_us", "100000").With($"{Cgroup}/cpu,cpuacct/cpu.stat", "nr_periods 1000\nnr_throttled 500\n");
        _host.With($"{Cgroup}/pids/pids.max", "100").With($"{Cgroup}/pids/pids.current", "99");

        var report = await _host.CheckAsync();

        Assert.Contains(report.Steps, s => s.Id == "memory" && s.Evidence.Contains("500 MB of 537 MB free (its cgroup)", StringComparison.Ordinal));
        Assert.Contains(report.Steps, s => s.Id == "processors" && s.Evidence.StartsWith("0.5 of 2 processors", StringComparison.Ordinal));
        Assert.Equal(["HOST-CPU-THROTTLED", "HOST-PIDS"], report.Verdicts.Select(v => v.RuleId).Order());
    }

    [Theory]
    [InlineData("10000000", "1000000", "HOST-MEMORY", Severity.Warning)]
    [InlineData("100000000", "99000000", "HOST-MEMORY", Severity.Error)]
    public async Task Too_little_memory_is_told(string most, string used, string rule, Severity severity)
    {
        var step = await _host.With($"{Cgroup}/app/memory.max", most).With($"{Cgroup}/app/memory.current", used).StepAsync("memory");

        Assert.Equal((rule, severity), (step.Verdict?.RuleId, step.Verdict?.Severity));
    }

    [Fact]
    public async Task Processes_that_were_killed_for_memory_are_told()
    {
        var step = await _host.With($"{Cgroup}/app/memory.events", "low 0\noom 4\noom_kill 3\n").StepAsync("memory");

        Assert.Equal("The kernel killed 3 processes here because their memory was used up.", step.Verdict?.Headline);
    }

    [Fact]
    public async Task A_processor_limit_is_told_and_throttling_is_a_warning()
    {
        var calm = await _host.With($"{Cgroup}/app/cpu.max", "150000 100000").StepAsync("processors");
        var throttled = await _host.With($"{Cgroup}/app/cpu.stat", "nr_periods 200\nnr_throttled 40\n").StepAsync("processors");

        Assert.Equal(StepResult.Ok, calm.Result);
        Assert.StartsWith("1.5 of 2 processors: about 12,934 handshakes a second", calm.Evidence);
        Assert.Equal("The processor limit stops this container in 20 % of all periods.", throttled.Verdict?.Headline);
    }

    [Theory]
    [InlineData("max", "50", StepResult.Ok)]
    [InlineData("512", "50", StepResult.Ok)]
    [InlineData("64", "60", StepResult.Fail)]
    public async Task The_limit_of_processes_is_for_sessions(string most, string used, StepResult result)
    {
        var step = await _host.With($"{Cgroup}/app/pids.max", most).With($"{Cgroup}/app/pids.current", used).StepAsync("processes");

        Assert.Equal(result, step.Result);
        Assert.Contains("connections need none", step.Evidence);
    }

    [Theory]
    [InlineData("4096", null)]
    [InlineData("128", "HOST-ACCEPT-QUEUE")]
    public async Task A_short_accept_queue_is_told(string length, string? rule)
    {
        var step = await _host.With("proc/sys/net/core/somaxconn", length).StepAsync("accept-queue");

        Assert.Equal(rule, step.Verdict?.RuleId);
        Assert.Contains($"a burst of {(rule is null ? "4,096" : "128")} connections", step.Evidence);
    }

    [Theory]
    [InlineData("128", "1", null)]
    [InlineData("128", "0", "HOST-SYN-BACKLOG")]
    public async Task A_short_queue_of_half_open_connections_is_told_where_no_cookies_help(string length, string cookies, string? rule)
    {
        var step = await _host.With("proc/sys/net/ipv4/tcp_max_syn_backlog", length).With("proc/sys/net/ipv4/tcp_syncookies", cookies).StepAsync("syn-backlog");

        Assert.Equal(rule, step.Verdict?.RuleId);
    }

    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(1, 1, Severity.Info)]
    [InlineData(0, 200, Severity.Warning)]
    public async Task Connections_that_nobody_took_are_counted(long overflows, long drops, Severity? severity)
    {
        var step = await _host.Drops(overflows, drops).StepAsync("listen-drops");

        Assert.Equal(severity, step.Verdict?.Severity);
        Assert.Contains($"{overflows} overflows and {drops} drops", step.Evidence);
    }

    [Theory]
    [InlineData(15, null)]
    [InlineData(20_000, "HOST-TIME-WAIT")]
    public async Task Ports_that_wait_for_their_end_are_told(long waiting, string? rule)
    {
        Assert.Equal(rule, (await _host.Sockets(waiting, pages: 10).StepAsync("time-wait")).Verdict?.RuleId);
    }

    [Theory]
    [InlineData(226, null)]
    [InlineData(400_000, Severity.Warning)]
    [InlineData(570_000, Severity.Error)]
    public async Task Memory_of_TCP_that_runs_out_is_told(long pages, Severity? severity)
    {
        Assert.Equal(severity, (await _host.Sockets(15, pages).StepAsync("tcp-memory")).Verdict?.Severity);
    }

    [Fact]
    public async Task A_clock_that_somebody_sets_is_good()
    {
        var byKernel = await _host.StepAsync("clock");
        var byChrony = await _host.Says("chronyc", ProgramAnswer.Said("Reference ID    : 01\nLeap status     : Normal\n")).StepAsync("clock");
        var byService = await _host.With("run/systemd/timesync/synchronized", "").StepAsync("clock");

        Assert.Equal(["the kernel says that it is synchronised", "chrony: Normal", "systemd-timesyncd has set it"], new[] { byKernel, byChrony, byService }.Select(s => s.Evidence));
        Assert.All(new[] { byKernel, byChrony, byService }, s => Assert.Equal(StepResult.Ok, s.Result));
    }

    [Fact]
    public async Task A_clock_that_nobody_sets_is_a_warning_and_one_of_which_nothing_is_known_is_skipped()
    {
        var bad = await _host.Says("timedatectl", ProgramAnswer.Said("no\n")).StepAsync("clock");
        var chrony = await _host.Says("chronyc", ProgramAnswer.Said("Leap status     : Not synchronised\n")).StepAsync("clock");
        var unknown = await _host.Says("chronyc", ProgramAnswer.Failed("none")).Says("timedatectl", ProgramAnswer.Failed("timedatectl is not installed")).StepAsync("clock");

        Assert.Equal(("HOST-CLOCK", "HOST-CLOCK", StepResult.Skipped), (bad.Verdict?.RuleId, chrony.Verdict?.RuleId, unknown.Result));
        Assert.Equal("nothing here knows whether the clock is right (timedatectl is not installed)", unknown.Evidence);
    }

    [Theory]
    [InlineData("HOST-LOG-CONNTRACK", "[12.0] nf_conntrack: nf_conntrack: table full, dropping packet")]
    [InlineData("HOST-LOG-ORPHANS", "[12.0] TCP: too many orphaned sockets")]
    [InlineData("HOST-LOG-SYN-FLOOD", "[12.0] TCP: request_sock_TCP: Possible SYN flooding on port 8666. Sending cookies.")]
    [InlineData("HOST-LOG-OOM", "[12.0] Out of memory: Killed process 12 (bascule)")]
    [InlineData("HOST-LOG-OOM", "[12.0] Memory cgroup out of memory: Killed process 12 (node)")]
    public async Task The_kernels_log_is_searched(string rule, string line)
    {
        var report = await _host.Says("dmesg", ProgramAnswer.Said($"[1.0] hello\n{line}\n")).CheckAsync();

        var verdict = Assert.Single(report.Verdicts);
        Assert.Equal((rule, Severity.Warning, $"1 lines, the last: {line}"), (verdict.RuleId, verdict.Severity, verdict.Seen));
        Assert.NotEmpty(verdict.Source);
    }

    [Theory]
    [InlineData(86_000, Severity.Warning)]
    [InlineData(90_000, Severity.Info)]
    public async Task What_the_log_tells_of_yesterday_is_a_note(int uptime, Severity severity)
    {
        _host.With("proc/uptime", $"{uptime}.12 5.00").Says("dmesg", ProgramAnswer.Said("[   12.0] TCP: too many orphaned sockets\n"));

        Assert.Equal(severity, Assert.Single((await _host.CheckAsync()).Verdicts).Severity);
    }

    [Fact]
    public async Task A_log_without_them_is_good_and_one_that_may_not_be_read_is_skipped()
    {
        var good = await _host.StepAsync("kernel-log");
        var closed = await _host.Says("dmesg", ProgramAnswer.Failed("dmesg: read kernel buffer failed: Operation not permitted")).StepAsync("kernel-log");

        Assert.Equal((StepResult.Ok, "2 lines, and none tells of dropped connections or killed processes"), (good.Result, good.Evidence));
        Assert.Equal(StepResult.Skipped, closed.Result);
        Assert.StartsWith("the kernel's log cannot be read (dmesg: read kernel buffer failed: Operation not permitted)", closed.Evidence);
    }
}
