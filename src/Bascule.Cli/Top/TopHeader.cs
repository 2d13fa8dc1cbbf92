using System.Globalization;
using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary>The upper lines: who it is, how it stands, its figures and their course, what an operator should know.</summary>
internal static class TopHeader
{
    /// <summary>Least cells of one figure: its name, its value, and a short course.</summary>
    internal const int FigureCells = 26;

    private const int MostAcross = 5;

    /// <summary>An answer that takes longer than this, and than three looks, is told as missing before it has failed.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private const int NameCells = 12;
    private const int ValueCells = 6;

    private static readonly (TopFigure Figure, string Name)[] OfGateway =
    [
        (TopFigure.Connections, "connections"), (TopFigure.Handshakes, "handshakes/s"), (TopFigure.Refusals, "refused/s"), (TopFigure.MessagesUp, "msgs in/s"), (TopFigure.MessagesDown, "msgs out/s"),
        (TopFigure.Cpu, "cpu %"), (TopFigure.BytesUp, "bytes in/s"), (TopFigure.BytesDown, "bytes out/s"), (TopFigure.Memory, "memory"),
    ];

    private static readonly (TopFigure Figure, string Name)[] OfHealth = [(TopFigure.Connections, "connections"), (TopFigure.Cpu, "cpu %"), (TopFigure.Memory, "memory")];

    /// <param name="figures">Width for the figures, where it is another one.</param>
    internal static IEnumerable<ScreenLine> Lines(TopModel model, int width, int? figures = null) => [Name(model, width), .. Figures(model, figures ?? width), Warnings(model)];

    /// <summary>The figures with their names, as lines for programs that read lines.</summary>
    internal static IEnumerable<(string Name, string Value)> Values(TopModel model) => Chosen(model).Select(f => (f.Name.Replace(" %", "", StringComparison.Ordinal).Replace(' ', '-'), Value(model.Known.Rates[f.Figure])));

    private static (TopFigure Figure, string Name)[] Chosen(TopModel model) => model.Source.Views.Contains(TopViewKind.Pools) ? OfGateway : OfHealth;

    private static ScreenLine Name(TopModel model, int width)
    {
        var line = new ScreenLine("bascule ", Tone.Strong).Add(model.Known.Latest?.Status?.Build.Version ?? model.Known.Latest?.Health?.Version ?? "top", Tone.Strong).Add($"  {model.Source.Name}  ");
        if (model.Known.Fault is not null)
            line.Add(model.Known.Latest is { } last ? $"NO ANSWER for {Readable.Span(model.SinceLatest.TotalSeconds)}, the last at {Clock(last.At)}" : "NO ANSWER yet", Tone.Bad);
        else if (model.Known.Latest is not { } latest)
            line.Add("asking …", Tone.Dim);
        else if (!model.IsFrozen && model.SinceLatest > (3 * model.Settings.Every) + Patience)
            line.Add($"NO ANSWER for {Readable.Span(model.SinceLatest.TotalSeconds)}", Tone.Bad);
        else
            Standing(line, latest);
        var right = model.IsFrozen ? "FROZEN" : model.Known.Fault is null && model.Known.Latest is { } answered ? Clock(answered.At) : "";
        var cell = width - right.Length;
        return right.Length > 0 && cell > 1 ? line.Cut(cell - 1).To(cell).Add(right, model.IsFrozen ? Tone.Warning : Tone.Dim) : line;
    }

    private static void Standing(ScreenLine line, TopSnapshot latest)
    {
        var state = latest.Status?.State ?? latest.Health?.Status ?? Amount.Unknown;
        line.Add(state == "notReady" ? "not ready" : state, state is "ready" or "healthy" or "ok" ? Tone.Good : Tone.Warning);
        line.Add($"  up {((latest.Status?.UptimeSeconds ?? latest.Health?.UptimeSeconds) is { } seconds ? Readable.Span(seconds) : Amount.Unknown)}");
        if (latest.Status is { } status)
            line.Add($"  configuration {status.Generation}", Tone.Dim);
        if (latest.Health is { } health)
            line.Add($"  {Amount.Whole(health.Connections)} of {Amount.Whole(health.Capacity)} slots");
    }

    private static IEnumerable<ScreenLine> Figures(TopModel model, int width)
    {
        var figures = Chosen(model);
        var across = Math.Clamp(width / FigureCells, 1, Math.Min(MostAcross, figures.Length));
        var cells = width / across;
        foreach (var row in figures.Chunk(across))
        {
            var line = new ScreenLine();
            foreach (var (figure, name) in row)
            {
                line.Add(CellText.Fill(name, NameCells), Tone.Dim).Add(CellText.Fill(Value(model.Known.Rates[figure]), ValueCells, right: true), Tone.Strong).Add(" ");
                line.Add(Sparkline.Text(model.Known.Rates.Course(figure), cells - NameCells - ValueCells - 2, figure == TopFigure.Cpu ? 100 : null), Tone.Accent).Add(" ");
            }

            yield return line;
        }
    }

    private static string Value(double value) => Amount.Short(value);

    private static ScreenLine Warnings(TopModel model)
    {
        if (model.Known.Fault is { } fault)
            return new ScreenLine(fault, Tone.Bad);
        var warnings = model.Known.Latest?.Status?.Warnings ?? (IReadOnlyList<StatusWarning>)[];
        return warnings.Count == 0
            ? new ScreenLine(model.Known.Latest?.Status is null ? "" : "no warnings", Tone.Dim)
            : new ScreenLine(warnings.Count > 1 ? $"{warnings.Count} warnings: " : "", Tone.Warning).Add(string.Join("  |  ", warnings.Select(w => w.Text)), Tone.Warning);
    }

    private static string Clock(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss' UTC'", CultureInfo.InvariantCulture);
}
