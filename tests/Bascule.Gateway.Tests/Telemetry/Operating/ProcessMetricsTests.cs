using System.Globalization;

namespace Bascule.Gateway.Tests;

/// <summary>The process, under the names that every Prometheus dashboard knows.</summary>
public sealed class ProcessMetricsTests : IDisposable
{
    private readonly MetricsBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task It_says_what_the_process_takes_and_since_when()
    {
        Assert.True(await ValueAsync("process_cpu_seconds_total") > 0);
        Assert.True(await ValueAsync("process_resident_memory_bytes") > 10_000_000);
        var started = DateTimeOffset.UnixEpoch.AddSeconds(await ValueAsync("process_start_time_seconds"));
        Assert.InRange(TimeProvider.System.GetUtcNow() - started, TimeSpan.FromSeconds(-5), TimeSpan.FromHours(2));
        Assert.True(await ValueAsync("dotnet_thread_pool_queue_length") >= 0);
    }

    [Fact]
    public async Task File_descriptors_are_counted_as_they_are_opened()
    {
        var before = await ValueAsync("process_open_fds");
        var files = Enumerable.Range(0, 200).Select(_ => File.OpenHandle("/dev/null")).ToList();
        var after = await ValueAsync("process_open_fds");
        files.ForEach(f => f.Dispose());

        // Other tests open and close theirs meanwhile.
        Assert.InRange(after - before, 100, 1000);
        Assert.True(await ValueAsync("process_max_fds") >= after);
    }

    [Theory]
    [InlineData("Max open files            1024                 524288               files     ", 1024)]
    [InlineData("Max open files            unlimited            unlimited            files     ", null)]
    [InlineData("Max cpu time              unlimited            unlimited            seconds   ", null)]
    public void The_soft_limit_is_read(string line, int? limit) =>
        Assert.Equal(limit, ProcessMetrics.MaxDescriptors(["Limit                     Soft Limit           Hard Limit           Units     ", line]).Select(m => (int?)m.Value).SingleOrDefault());

    private async Task<double> ValueAsync(string name) =>
        double.Parse(Assert.Single(await _bench.SamplesAsync(name + " ")).Split(' ')[1], CultureInfo.InvariantCulture);
}
