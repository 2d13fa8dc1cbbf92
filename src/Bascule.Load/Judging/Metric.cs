namespace Bascule.Load;

/// <summary>One figure of a result that has a name.</summary>
/// <param name="IsOfWholeRun">Cannot be told of one target alone.</param>
/// <param name="Of">The value, or why there is none.</param>
/// <param name="Lacks">Why a plan can never have it, or null.</param>
internal sealed record Metric(
    string Name, FigureUnit Unit, Func<LoadResult, TargetResult, Measured> Of, bool IsOfWholeRun = false, Func<LoadPlan, string?>? Lacks = null)
{
    internal string Text(double value) => Text(Unit, value);

    internal static string Text(FigureUnit unit, double value) => unit switch
    {
        FigureUnit.Share => Readable.Percent(value),
        FigureUnit.Nanoseconds => Readable.Nanoseconds(value),
        FigureUnit.PerSecond => Readable.PerSecond(value),
        _ => Readable.Count((long)value),
    };
}

/// <summary>A value, or in words why there is none.</summary>
internal readonly record struct Measured(double? Value, string? Why = null)
{
    internal static Measured Missing(string why) => new(null, why);
}
