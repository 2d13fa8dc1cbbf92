using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary>One figure of the header.</summary>
public enum TopFigure
{
    Connections,
    Handshakes,
    Refusals,
    MessagesUp,
    MessagesDown,
    BytesUp,
    BytesDown,
    Cpu,
    Memory,
}

/// <summary>Makes rates of counters, and remembers their course. A gateway that started anew begins a new course of its counters.</summary>
/// <param name="least">Answers that come sooner after the last one make no rate of their own: it would jump.</param>
/// <param name="fromStart">Counts are those since the gateway started, not since the first answer.</param>
public sealed class TopRates(TimeSpan least, bool fromStart)
{
    /// <summary>As many as the widest screens have cells for one figure, with room to spare.</summary>
    private const int Remembered = 240;

    private readonly Dictionary<TopFigure, List<double>> _courses = Enum.GetValues<TopFigure>().ToDictionary(f => f, _ => new List<double>());
    private StatusDocument? _first;
    private StatusDocument? _before;
    private StatusDocument? _last;
    private bool _isGap;

    /// <summary>The latest value: NaN when it is not known.</summary>
    public double this[TopFigure figure] => _courses[figure] is [.., var last] ? last : double.NaN;

    public IReadOnlyList<double> Course(TopFigure figure) => _courses[figure];

    public void Add(TopSnapshot snapshot)
    {
        if (snapshot.Status is { } status)
            Add(status);
        else
            AddAll(figure => figure switch
            {
                TopFigure.Connections => snapshot.Health?.Connections ?? double.NaN,
                TopFigure.Cpu => snapshot.Health?.CpuPercentage ?? double.NaN,
                TopFigure.Memory => snapshot.Health?.Memory.UsedBytes ?? double.NaN,
                _ => double.NaN,
            });
    }

    /// <summary>Nobody answered: a gap in each course.</summary>
    public void AddGap()
    {
        _isGap = true;
        AddAll(_ => double.NaN);
    }

    /// <summary>What <see cref="Since"/> counts from, in words.</summary>
    public string Beginning => fromStart ? "since the gateway started" : "since top began";

    /// <summary>Since this was started, or the gateway was.</summary>
    public long Since(Func<StatusDocument, long> count) => _last is null ? 0 : count(_last) - (fromStart ? 0 : count(_first!));

    /// <summary>Per second, over the time between the last two answers.</summary>
    public double PerSecond(Func<StatusDocument, double> count) =>
        _last is null || _before is null || Seconds <= 0 ? double.NaN : (count(_last) - count(_before)) / Seconds;

    private double Seconds => (_last!.Now - _before!.Now).TotalSeconds;

    private void Add(StatusDocument status)
    {
        if (_last is not null && (status.UptimeSeconds < _last.UptimeSeconds || status.Totals.Accepted < _last.Totals.Accepted))
            (_first, _last) = (null, null);
        if (_last is not null && _before is not null && !_isGap && status.Now - _last.Now < least)
            return;
        _first ??= status;
        (_before, _last, _isGap) = (_isGap ? null : _last, status, false);
        AddAll(figure => figure switch
        {
            TopFigure.Connections => status.Totals.Connections,
            TopFigure.Handshakes => PerSecond(s => s.Totals.Accepted + s.Totals.Refused),
            TopFigure.Refusals => PerSecond(s => s.Totals.Refused),
            TopFigure.MessagesUp => PerSecond(s => s.Totals.MessagesUp),
            TopFigure.MessagesDown => PerSecond(s => s.Totals.MessagesDown),
            TopFigure.BytesUp => PerSecond(s => s.Totals.BytesUp),
            TopFigure.BytesDown => PerSecond(s => s.Totals.BytesDown),
            TopFigure.Memory => status.Process.MemoryBytes,
            // Over our own interval; the gateway's figure is shared with others who ask.
            _ => PerSecond(s => s.Process.CpuSeconds) is var used && double.IsFinite(used) ? 100 * used / Math.Max(1, status.Process.Cores) : status.Process.CpuPercentage,
        });
    }

    private void AddAll(Func<TopFigure, double> value)
    {
        foreach (var (figure, course) in _courses)
        {
            course.Add(value(figure));
            if (course.Count > Remembered)
                course.RemoveAt(0);
        }
    }
}
