namespace Bascule.Load;

/// <summary>What a run must keep to: <c>rtt.p99&lt;5ms</c>, <c>via:connect.fail_rate&lt;0.1%</c>. Metrics, operators and units: docs/load-report.md.</summary>
public sealed class Threshold
{
    private const string Examples = "Examples: rtt.p99<5ms, connect.fail_rate<0.1%, messages.lost==0, via:rtt.p50<1ms.";

    // Longer ones first, so that <= is not taken for <.
    private static readonly string[] Operators = ["<=", ">=", "==", "<", ">"];

    private readonly string? _label;
    private readonly Metric _metric;
    private readonly string _operator;
    private readonly double _limit;

    private Threshold(string text, string? label, Metric metric, string comparison, double limit) =>
        (Text, _label, _metric, _operator, _limit) = (text, label, metric, comparison, limit);

    /// <summary>As it was given.</summary>
    public string Text { get; }

    /// <exception cref="FormatException">The message says what was seen, what is known, and gives examples.</exception>
    public static Threshold Parse(string text)
    {
        var at = text.AsSpan().IndexOfAny("<>=");
        if (at < 0 || Array.Find(Operators, each => text.AsSpan(at).StartsWith(each)) is not { } comparison)
            throw Fault(text, $"it has none of {string.Join(' ', Operators)}");
        var (label, name) = text[..at].Trim().Split(':', 2) is [var before, var after] ? (before, after) : ((string?)null, text[..at].Trim());
        if (Metrics.Find(name) is not { } metric)
            throw Fault(text, $"there is no metric `{name}`. Known are {Metrics.Known}");
        if (label is not null && metric.IsOfWholeRun)
            throw Fault(text, $"`{name}` is of the whole run; leave `{label}:` out");
        if (label?.Length == 0)
            throw Fault(text, "nothing stands before the colon; expected is via or direct");
        return FigureNumber.Read(metric.Unit, text[(at + comparison.Length)..].Trim(), out var fault) is { } limit
            ? new Threshold(text, label, metric, comparison, limit)
            : throw Fault(text, fault);
    }

    /// <summary>Why no run of this plan can meet it; null when one may.</summary>
    public string? FaultIn(LoadPlan plan)
    {
        if (_label is not null && plan.Targets.All(each => each.Label != _label))
            return $"there is no target `{_label}`; {(plan.Targets.Count > 1 ? $"there is {string.Join(", ", plan.Targets.Select(each => each.Label))}" : "via and direct are those of --via URL and --direct URL")}";
        return _metric.Lacks?.Invoke(plan);
    }

    /// <summary>Fails, and says why, also when the run has too few samples to know.</summary>
    public ThresholdOutcome Evaluate(LoadResult result)
    {
        var target = _label is null ? Figures.AllOf(result) : result.Targets.FirstOrDefault(each => each.Label == _label);
        if (target is null)
            return new(Text, Readable.Unknown, false, $"there is no target `{_label}`; there is {string.Join(", ", result.Targets.Select(each => each.Label))}");
        var measured = _metric.Of(result, target);
        if (measured.Value is not { } value)
            return new(Text, Readable.Unknown, false, measured.Why);
        var seen = _metric.Text(value);
        return Holds(value) ? new(Text, seen, true, null) : new(Text, seen, false, $"{_metric.Name} is {seen}, not {_operator} {_metric.Text(_limit)}");
    }

    private bool Holds(double value) => _operator switch
    {
        "<" => value < _limit,
        "<=" => value <= _limit,
        ">" => value > _limit,
        ">=" => value >= _limit,
        _ => value.Equals(_limit),
    };

    private static FormatException Fault(string text, string why) => new($"`{text}` is no threshold: {why}. {Examples}");
}
