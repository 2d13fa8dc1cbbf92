using System.Globalization;
using Bascule.System.Tests;

namespace Bascule.Diagnostics.Tests;

/// <summary>What bounds the number of connections, and the first line that names the smallest.</summary>
public sealed class HostCapacityTests : IDisposable
{
    private readonly HostFolder _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task The_first_step_names_the_smallest_limit()
    {
        var report = await _host.OpenFiles("20000", "20000").CheckAsync();

        Assert.Equal(HostCheck.CapacityStep, report.Steps[0].Id);
        Assert.Equal("This machine holds at most 10,000 connections: open files", report.Steps[0].Evidence);
        Assert.Equal(new ConnectionLimit("open-files", "open files", 10_000), report.Limits[0]);
        Assert.Equal(report.Limits.OrderBy(l => l.Connections), report.Limits);
        Assert.True(report.IsGood);
    }

    [Fact]
    public async Task A_healthy_machine_has_no_verdict_and_skips_nothing()
    {
        var report = await _host.CheckAsync();

        Assert.Empty(report.Verdicts);
        Assert.DoesNotContain(report.Steps, s => s.Result == StepResult.Skipped);
        Assert.Equal("This machine holds at most 28,232 connections: local ports to one back end", report.Steps[0].Evidence);
    }

    [Fact]
    public async Task Another_system_is_told_and_nothing_else()
    {
        var step = Assert.Single((await _host.Without("proc").CheckAsync()).Steps);

        Assert.Equal(StepResult.Skipped, step.Result);
        Assert.StartsWith("limits are read from /proc, which only Linux has", step.Evidence);
    }

    [Fact]
    public async Task What_cannot_be_read_is_skipped_with_the_reason()
    {
        _host.Without("proc/self/limits").Without("proc/sys").Without("proc/net").Without("proc/meminfo").Without("proc/stat").Without("sys");

        var report = await _host.CheckAsync();

        var skipped = report.Steps.Where(s => s.Result == StepResult.Skipped).ToList();
        Assert.Equal(["open-files", "system-files", "ports", "memory", "processors", "processes", "accept-queue", "syn-backlog", "listen-drops", "time-wait", "tcp-memory"], skipped.Select(s => s.Id));
        Assert.All(skipped, s => Assert.NotEmpty(s.Evidence));
        Assert.Equal("Nothing that can be read here limits connections", report.Steps[0].Evidence);
    }

    [Fact]
    public async Task Files_of_nonsense_make_no_fault()
    {
        foreach (var path in (string[])["proc/self/limits", "proc/sys/fs/file-nr", "proc/net/tcp", "proc/net/netstat", "proc/net/sockstat", "proc/self/cgroup", "proc/meminfo", "proc/stat", "proc/sys/net/ipv4/ip_local_port_range", "sys/fs/cgroup/app/cpu.max"])
            _host.With(path, "Max open files\n:::\n: a:b c\nTCP: mem\nTcpExt:\nTcpExt: 99999999999999999999999999999\n0::/../..\nMemTotal:\ncpu\n\0");

        Assert.NotEmpty((await _host.CheckAsync()).Steps);
    }

    [Fact]
    public async Task Few_open_files_are_told_with_the_lines_that_allow_more()
    {
        var few = await _host.OpenFiles("1024", "1024", sockets: 10, others: 24).StepAsync("open-files");

        Assert.Equal((StepResult.Warn, "HOST-OPEN-FILES"), (few.Result, few.Verdict?.RuleId));
        Assert.Equal("Open files allow 500 connections; 1,000 are expected.", few.Verdict!.Headline);
        Assert.Contains("LimitNOFILE=65536", few.Verdict.Fix);
        Assert.Contains("nofile: { soft: 65536, hard: 65536 }", few.Verdict.Fix);
        Assert.Contains("used 34", few.Evidence);
    }

    [Fact]
    public async Task A_soft_limit_below_the_hard_one_is_told_and_is_no_fault()
    {
        var step = await _host.OpenFiles("1024", "1048576").StepAsync("open-files");

        Assert.Equal(StepResult.Ok, step.Result);
        Assert.StartsWith("524,288 connections: soft 1,024, hard 1,048,576, used 0", step.Evidence);
    }

    [Fact]
    public async Task Open_files_that_are_nearly_used_up_are_an_error()
    {
        var step = await _host.OpenFiles("64", "64", sockets: 60).StepAsync("open-files");

        Assert.Equal((StepResult.Fail, Severity.Error), (step.Result, step.Verdict?.Severity));
    }

    [Theory]
    [InlineData("956\t0\t9223372036854775807", StepResult.Ok, "no limit")]
    [InlineData("956\t0\t2466183", StepResult.Ok, "1,232,613 connections")]
    [InlineData("956\t0\t2000", StepResult.Warn, "522 connections")]
    [InlineData("1990\t0\t2000", StepResult.Fail, "5 connections")]
    public async Task The_files_of_the_whole_machine_count(string line, StepResult result, string said)
    {
        var step = await _host.With("proc/sys/fs/file-nr", line).StepAsync("system-files");

        Assert.Equal(result, step.Result);
        Assert.Contains(said, step.Evidence);
    }

    [Fact]
    public async Task Each_back_end_has_the_whole_range_of_ports()
    {
        _host.With("proc/sys/net/ipv4/ip_local_reserved_ports", "40000-40009,50000,99,61000");

        var report = await _host.Outgoing(12).CheckAsync(backEnds: 3);

        var step = Assert.Single(report.Steps, s => s.Id == "ports");
        Assert.Equal(StepResult.Ok, step.Result);
        Assert.StartsWith("84,663 connections: 28,221 local ports (32768-60999)", step.Evidence);
        Assert.EndsWith("most in use: 12 to 10.0.0.5:8080", step.Evidence);
    }

    [Theory]
    [InlineData(850, StepResult.Warn)]
    [InlineData(980, StepResult.Fail)]
    public async Task Ports_to_one_back_end_that_run_out_are_told_with_its_address(int used, StepResult result)
    {
        var step = await _host.With("proc/sys/net/ipv4/ip_local_port_range", "32768 33767").Outgoing(used).StepAsync("ports");

        Assert.Equal((result, "HOST-PORTS"), (step.Result, step.Verdict?.RuleId));
        Assert.Contains("10.0.0.5:8080 are in use", step.Verdict!.Headline);
    }

    [Fact]
    public async Task A_short_range_of_ports_is_told_before_it_is_used_up()
    {
        var step = await _host.With("proc/sys/net/ipv4/ip_local_port_range", "60000 60499").StepAsync("ports");

        Assert.Equal("Local ports allow 500 connections to back ends; 1,000 are expected.", step.Verdict?.Headline);
    }

    [Theory]
    [InlineData(0, 262_144, StepResult.Ok, "nothing is tracked: no limit")]
    [InlineData(500, 262_144, StepResult.Ok, "131,072 connections")]
    [InlineData(10, 1_000, StepResult.Warn, "500 connections")]
    [InlineData(220_000, 262_144, StepResult.Warn, "131,072 connections")]
    [InlineData(262_140, 262_144, StepResult.Fail, "131,072 connections")]
    public async Task The_table_of_connections_counts_where_it_is_used(long used, long most, StepResult result, string said)
    {
        var step = await _host.Conntrack(used, most).StepAsync("conntrack");

        Assert.Equal(result, step.Result);
        Assert.Contains(said, step.Evidence);
        Assert.Equal(result == StepResult.Ok ? null : "HOST-CONNTRACK-TABLE", step.Verdict?.RuleId);
    }

    [Fact]
    public async Task The_figure_for_one_connection_is_the_measured_one()
    {
        var row = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "performance.md")).First(l => l.StartsWith("| **Bascule** |", StringComparison.Ordinal));
        var measured = double.Parse(row.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^1], NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

        var step = await _host.StepAsync("memory");

        // A new measurement a little off changes nothing; one far off wants a new figure here.
        var used = double.Parse(step.Evidence.Split("(the machine), ")[1].Split(' ')[0], NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
        Assert.InRange(used / measured, 0.5, 2);
    }
}
