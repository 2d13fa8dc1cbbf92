using System.Globalization;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Admission;

/// <summary>Refuses new attempts when there is no room for them, to protect those that are in. A refusal costs two reads of memory.</summary>
public sealed class OverloadGuard : IDisposable
{
    private static readonly TimeSpan SampleEvery = TimeSpan.FromSeconds(1);

    /// <summary>CPU is looked at over so many samples: a single second of garbage collection is no overload.</summary>
    private const int WindowSamples = 5;

    /// <summary>Points below the limit at which clients come in again, so that the gateway does not flicker at the limit.</summary>
    private const int Relief = 5;

    private readonly OverloadSettings _settings;
    private readonly TimeProvider _time;
    private readonly Func<OverloadReading> _read;
    private readonly Queue<(long At, TimeSpan Cpu)> _window = new(WindowSamples + 1);
    private readonly Ending _tooMany;
    private readonly ITimer? _timer;
    private Exhaustion? _exhaustion;
    private int _inFlight;

    /// <param name="read">Asked once a second: <see cref="OverloadReading.OfThisProcess"/>.</param>
    public OverloadGuard(OverloadSettings settings, TimeProvider time, Func<OverloadReading> read)
    {
        _settings = settings;
        _time = time;
        _read = read;
        _tooMany = new Ending(
            EndReasons.Overloaded, $"{settings.HandshakesInFlight} handshakes are under way, as many as overload.handshakesInFlight allows.");
        if (settings.MemoryPercent == 0 && settings.CpuPercent == 0)
            return;
        _window.Enqueue((time.GetTimestamp(), read().CpuTime));
        _timer = time.CreateTimer(static guard => ((OverloadGuard)guard!).Sample(), this, SampleEvery, SampleEvery);
    }

    /// <summary>Handshakes under way now.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Whether an attempt would be refused now.</summary>
    public bool IsOverloaded => Volatile.Read(ref _exhaustion) is not null || InFlight >= _settings.HandshakesInFlight;

    /// <summary>Counts a handshake until the result is disposed: first thing of an attempt, before <see cref="Check"/>.</summary>
    public Handshake Enter()
    {
        Interlocked.Increment(ref _inFlight);
        return new Handshake(this);
    }

    /// <summary>Asked by an attempt that has entered.</summary>
    /// <returns>Null, or <c>overloaded</c> with the figures.</returns>
    public Ending? Check()
    {
        if (Volatile.Read(ref _exhaustion) is { } exhaustion)
            return exhaustion.Ending;
        return InFlight > _settings.HandshakesInFlight ? _tooMany : null;
    }

    public void Dispose() => _timer?.Dispose();

    // Only the timer comes here, and its period is long against what this takes.
    private void Sample()
    {
        var reading = _read();
        _window.Enqueue((_time.GetTimestamp(), reading.CpuTime));
        if (_window.Count > WindowSamples + 1)
            _window.Dequeue();
        var was = _exhaustion?.Kind ?? ExhaustionKind.None;
        Volatile.Write(ref _exhaustion, Memory(reading, was) ?? Cpu(reading, was));
    }

    private Exhaustion? Memory(OverloadReading reading, ExhaustionKind was)
    {
        if (_settings.MemoryPercent == 0 || reading.MemoryLimitBytes <= 0)
            return null;
        var percent = 100.0 * reading.MemoryBytes / reading.MemoryLimitBytes;
        if (!IsExhausted(percent, _settings.MemoryPercent, was == ExhaustionKind.Memory))
            return null;
        return new Exhaustion(ExhaustionKind.Memory, new Ending(EndReasons.Overloaded, string.Create(
            CultureInfo.InvariantCulture,
            $"Memory is at {percent:0} % ({reading.MemoryBytes / 1e6:0} of {reading.MemoryLimitBytes / 1e6:0} MB); overload.memoryPercent is {_settings.MemoryPercent}{Again(_settings.MemoryPercent)}.")));
    }

    private Exhaustion? Cpu(OverloadReading reading, ExhaustionKind was)
    {
        var (at, before) = _window.Peek();
        var span = _time.GetElapsedTime(at);
        if (_settings.CpuPercent == 0 || span <= TimeSpan.Zero)
            return null;
        var percent = 100 * (reading.CpuTime - before) / span / Math.Max(1, reading.Cores);
        if (!IsExhausted(percent, _settings.CpuPercent, was == ExhaustionKind.Cpu))
            return null;
        return new Exhaustion(ExhaustionKind.Cpu, new Ending(EndReasons.Overloaded, string.Create(
            CultureInfo.InvariantCulture,
            $"{percent:0} % of {reading.Cores} cores were used over {span.TotalSeconds:0} s; overload.cpuPercent is {_settings.CpuPercent}{Again(_settings.CpuPercent)}.")));
    }

    private static bool IsExhausted(double percent, int limit, bool was) => was ? percent > limit - Relief : percent >= limit;

    private static string Again(int limit) => $", and clients come in again at {Math.Max(0, limit - Relief)}";

    private void Leave() => Interlocked.Decrement(ref _inFlight);

    private enum ExhaustionKind
    {
        None,
        Memory,
        Cpu,
    }

    private sealed record Exhaustion(ExhaustionKind Kind, Ending Ending);

    /// <summary>One handshake under way; it is counted out once, however often it is disposed.</summary>
    public sealed class Handshake : IDisposable
    {
        private OverloadGuard? _guard;

        internal Handshake(OverloadGuard guard) => _guard = guard;

        public void Dispose() => Interlocked.Exchange(ref _guard, null)?.Leave();
    }
}
