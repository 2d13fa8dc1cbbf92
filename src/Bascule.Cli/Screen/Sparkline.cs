namespace Bascule.Cli;

/// <summary>A course in one row of text: the latest value stands at the right.</summary>
public static class Sparkline
{
    private const string Steps = "▁▂▃▄▅▆▇█";

    /// <param name="values">The oldest first; NaN where nothing is known.</param>
    /// <param name="width">Cells: the latest so many values.</param>
    /// <param name="full">What fills a cell; without it, the highest value shown.</param>
    public static string Text(IReadOnlyList<double> values, int width, double? full = null)
    {
        var shown = values.Skip(Math.Max(0, values.Count - width)).ToList();
        var top = full ?? shown.Where(double.IsFinite).DefaultIfEmpty(0).Max();
        var text = string.Concat(shown.Select(v => Step(v, top)));
        return text.PadLeft(Math.Max(0, width));
    }

    private static char Step(double value, double top)
    {
        if (!double.IsFinite(value))
            return ' ';
        // A zero is told apart from little: the lowest step is for nothing at all.
        return value <= 0 || top <= 0 ? Steps[0] : Steps[Math.Clamp((int)Math.Ceiling(value / top * (Steps.Length - 1)), 1, Steps.Length - 1)];
    }
}

/// <summary>A share as a bar of eighths of cells.</summary>
public static class Bar
{
    private const string Eighths = " ▏▎▍▌▋▊▉";

    /// <param name="percent">0 to 100; what is beyond is shown as the end.</param>
    public static string Text(double percent, int width)
    {
        if (width <= 0)
            return "";
        var eighths = (int)Math.Round(Math.Clamp(double.IsFinite(percent) ? percent : 0, 0, 100) / 100 * width * 8);
        // Some is never shown as none.
        if (eighths == 0 && percent > 0)
            eighths = 1;
        var full = new string('█', eighths / 8);
        return (eighths % 8 == 0 ? full : full + Eighths[eighths % 8]).PadRight(width);
    }
}
