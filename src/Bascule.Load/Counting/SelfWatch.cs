using System.Globalization;

namespace Bascule.Load;

/// <summary>Watches the generator itself: a load test whose generator was the limit measures the generator.</summary>
public sealed class SelfWatch(TimeProvider time)
{
    /// <summary>Later than this is late: a third of the slowest frame rate that people call smooth, and far above what timers of an idle machine need.</summary>
    public static readonly TimeSpan LateAfter = TimeSpan.FromMilliseconds(10);

    private readonly LatencyHistogram _lag = new();
    private readonly TimeSpan _pausesBefore = GC.GetTotalPauseDuration();
    private long _late;
    private long _planned;
    private long _localFailures;
    private readonly Moment _start = Moment.Now(time);
    private Moment? _from;
    private Moment? _to;
    private int _descriptors;

    // /proc/stat counts in hundredths of a second: a share over less than this says nothing.
    private static readonly TimeSpan ShortestMeasure = TimeSpan.FromMilliseconds(500);

    /// <summary>Something that had a time was done.</summary>
    public void Done(TimeSpan lag)
    {
        Interlocked.Increment(ref _planned);
        _lag.Record(lag);
        if (lag > LateAfter)
            Interlocked.Increment(ref _late);
    }

    public void LocalFailure() => Interlocked.Increment(ref _localFailures);

    /// <summary>The part of the run begins whose use of the processor counts. Where it ends at once the whole run counts.</summary>
    public void BeginMeasure() => _from = Moment.Now(time);

    public void EndMeasure()
    {
        _to = Moment.Now(time);
        _descriptors = OpenDescriptors();
    }

    public GeneratorHealth Judge()
    {
        var to = _to ?? Moment.Now(time);
        var from = _from is { } begun && time.GetElapsedTime(begun.Timestamp, to.Timestamp) >= ShortestMeasure ? begun : _start;
        var seconds = time.GetElapsedTime(from.Timestamp, to.Timestamp).TotalSeconds;
        var machine = to.MachineAll - from.MachineAll;
        return new GeneratorHealth(
            seconds > 0 ? (to.Own - from.Own).TotalSeconds / seconds : 0,
            machine > 0 ? (to.MachineBusy - from.MachineBusy) / (double)machine : 0,
            Interlocked.Read(ref _late),
            Interlocked.Read(ref _planned),
            _lag,
            GC.GetTotalPauseDuration() - _pausesBefore,
            Interlocked.Read(ref _localFailures),
            _descriptors,
            DescriptorLimit());
    }

    /// <summary>How many files this process may have open; 0 where that is not known.</summary>
    public static long DescriptorLimit()
    {
        if (!OperatingSystem.IsLinux())
            return 0;
        var line = File.ReadLines("/proc/self/limits").FirstOrDefault(l => l.StartsWith("Max open files", StringComparison.Ordinal));
        var soft = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(3);
        return soft == "unlimited" ? long.MaxValue : long.TryParse(soft, CultureInfo.InvariantCulture, out var limit) ? limit : 0;
    }

    private static int OpenDescriptors() => OperatingSystem.IsLinux() ? Directory.EnumerateFileSystemEntries("/proc/self/fd").Count() : 0;

    private readonly record struct Moment(long Timestamp, TimeSpan Own, long MachineBusy, long MachineAll)
    {
        internal static Moment Now(TimeProvider time)
        {
            // proc(5): cpu user nice system idle iowait irq softirq steal, in ticks.
            var ticks = OperatingSystem.IsLinux()
                ? File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8).Select(t => long.Parse(t, CultureInfo.InvariantCulture)).ToArray()
                : [];
            var all = ticks.Sum();
            return new Moment(time.GetTimestamp(), Environment.CpuUsage.TotalTime, ticks.Length == 0 ? 0 : all - ticks[3] - ticks[4], all);
        }
    }
}
