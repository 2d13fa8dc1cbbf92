using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Admission.Tests;

/// <summary>When nobody new comes in, and when again.</summary>
public sealed class OverloadGuardTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTime _time = new();
    private OverloadReading _reading = new(0, 1_000_000_000, TimeSpan.Zero, 2);

    [Fact]
    public void The_handshake_beyond_the_limit_is_refused_and_comes_in_when_another_ended()
    {
        using var guard = Guard(new OverloadSettings { HandshakesInFlight = 2 });
        var first = guard.Enter();
        Assert.False(guard.IsOverloaded);
        using var second = guard.Enter();
        Assert.Null(guard.Check());
        Assert.True(guard.IsOverloaded);

        using (guard.Enter())
            Assert.Equal(new Ending(EndReasons.Overloaded, "2 handshakes are under way, as many as overload.handshakesInFlight allows."), guard.Check());
        first.Dispose();
        first.Dispose();

        Assert.Equal(1, guard.InFlight);
        using var third = guard.Enter();
        Assert.Null(guard.Check());
    }

    [Fact]
    public void Memory_closes_the_door_at_its_limit_and_opens_it_5_points_below()
    {
        using var guard = Guard(new OverloadSettings());

        Assert.Null(AfterMemory(guard, 89));
        Assert.Equal(
            new Ending(EndReasons.Overloaded, "Memory is at 90 % (900 of 1000 MB); overload.memoryPercent is 90, and clients come in again at 85."),
            AfterMemory(guard, 90));
        Assert.True(guard.IsOverloaded);
        Assert.NotNull(AfterMemory(guard, 86));
        Assert.Null(AfterMemory(guard, 85));
        Assert.Null(AfterMemory(guard, 89));
    }

    [Fact]
    public void Cpu_is_looked_at_over_some_seconds()
    {
        using var guard = Guard(new OverloadSettings { CpuPercent = 80, MemoryPercent = 0 });

        Assert.Null(AfterCpu(guard, 0));
        Assert.Null(AfterCpu(guard, 0));
        Assert.Null(AfterCpu(guard, 0));
        Assert.Null(AfterCpu(guard, 100));
        for (var i = 0; i < 3; i++)
            AfterCpu(guard, 100);
        Assert.Equal(
            new Ending(EndReasons.Overloaded, "80 % of 2 cores were used over 5 s; overload.cpuPercent is 80, and clients come in again at 75."),
            guard.Check());
        Assert.NotNull(AfterCpu(guard, 90));
        for (var i = 0; i < 3; i++)
            AfterCpu(guard, 60);
        Assert.Null(AfterCpu(guard, 60));
    }

    [Fact]
    public void A_second_of_full_work_is_no_overload_after_quiet_ones()
    {
        using var guard = Guard(new OverloadSettings { CpuPercent = 80, MemoryPercent = 0 });
        for (var i = 0; i < 5; i++)
            AfterCpu(guard, 10);

        Assert.Null(AfterCpu(guard, 100));
        Assert.Null(AfterCpu(guard, 100));
    }

    [Fact]
    public void Without_a_known_limit_of_memory_it_is_not_looked_at()
    {
        _reading = _reading with { MemoryBytes = long.MaxValue, MemoryLimitBytes = 0 };
        using var guard = Guard(new OverloadSettings());

        _time.Advance(Second);

        Assert.Null(guard.Check());
    }

    [Fact]
    public void What_is_switched_off_is_not_sampled_and_a_disposed_guard_neither()
    {
        using var off = Guard(new OverloadSettings { MemoryPercent = 0, CpuPercent = 0 });
        Assert.Equal(0, _time.ArmedTimers);

        var guard = Guard(new OverloadSettings());
        Assert.Equal(1, _time.ArmedTimers);
        guard.Dispose();
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public void This_process_can_be_read()
    {
        var reading = OverloadReading.OfThisProcess();

        Assert.InRange(reading.MemoryBytes, 1, reading.MemoryLimitBytes);
        Assert.True(reading.CpuTime > TimeSpan.Zero);
        Assert.Equal(Environment.ProcessorCount, reading.Cores);
    }

    private OverloadGuard Guard(OverloadSettings settings) => new(settings, _time, () => _reading);

    private Ending? AfterMemory(OverloadGuard guard, int percent)
    {
        _reading = _reading with { MemoryBytes = _reading.MemoryLimitBytes / 100 * percent };
        _time.Advance(Second);
        return guard.Check();
    }

    private Ending? AfterCpu(OverloadGuard guard, int percent)
    {
        _reading = _reading with { CpuTime = _reading.CpuTime + (Second * _reading.Cores * percent / 100) };
        _time.Advance(Second);
        return guard.Check();
    }
}
