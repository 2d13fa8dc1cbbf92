using System.Globalization;
using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary>All that a monitor shows, once, for programs: what <c>--once --json</c> writes. Null: the source does not have it.</summary>
/// <param name="At">When it was answered.</param>
/// <param name="Source">Host and port.</param>
public sealed record TopReport(
    DateTimeOffset At, string Source, StatusDocument? Status, IReadOnlyList<PoolDocument>? Pools, ConnectionsDocument? Connections, IReadOnlyList<AttemptDocument>? Refusals,
    ShardsDocument? Shards, IReadOnlyList<SessionDocument>? Sessions, HealthReading? Health)
{
    internal const string Shape = "{ at, source, status: { build, state, uptimeSeconds, process, totals, routes, refusals, endings, warnings }, pools, connections, refusals, shards, sessions, health: "
        + "{ status, connections, capacity, cpuPercentage, memory, imbalance, shards } }; health only with --health, the rest only without. All of it: docs/top.md";
}

/// <summary>The monitor as plain lines: once with all tables, or a line of figures after each look.</summary>
internal sealed class TopLines(TopModel model, Output output, TimeProvider time)
{
    /// <summary>Nothing is cut where nobody looks at a screen.</summary>
    private const int Unbounded = 10_000;

    private const int UsualWidth = 80;

    /// <exception cref="AdminFault">It cannot be asked, or says no.</exception>
    internal async Task OnceAsync(bool asJson, CancellationToken interruption)
    {
        var seen = await model.Source.LookAsync(model.Source.Views, interruption);
        if (asJson)
        {
            output.Json(new TopReport(seen.At, model.Source.Name, seen.Status, seen.Pools, seen.Connections, seen.Refusals, seen.Shards, seen.Sessions?.List, seen.Health));
            return;
        }

        model.Known.Took(seen);
        foreach (var line in TopHeader.Lines(model, UsualWidth, TopHeader.FigureCells).Select(l => l.Text.TrimEnd()).Where(l => l.Length > 0))
            output.Line(line);
        // Events are no state: there are none to be seen at once.
        foreach (var view in model.Source.Views.Where(v => v != TopViewKind.Events))
            Write(view);
    }

    /// <summary>Until it is interrupted, or whoever reads has gone. A source that does not answer is told, and asked again.</summary>
    /// <exception cref="AdminFault">The source says no to the first question.</exception>
    internal async Task FollowAsync(CancellationToken interruption)
    {
        while (true)
        {
            await model.TakeAsync(model.Source.LookAsync([], interruption));
            if (model.Known.Fault is { } fault)
                output.ErrorLine(fault);
            else if (!output.TryLine(Figures()))
                return;
            await Task.Delay(model.Settings.Every, time, interruption);
        }
    }

    private string Figures()
    {
        var at = model.Known.Latest!.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var warnings = model.Known.Latest.Status?.Warnings.Count is > 0 and var count ? $" warnings={count}" : "";
        var imbalance = model.Known.Latest.Health is { } health ? $" imbalance={Amount.Whole(health.Imbalance)}" : "";
        return $"{at} state={model.Known.Latest.Status?.State ?? model.Known.Latest.Health?.Status ?? Amount.Unknown} {string.Join(' ', TopHeader.Values(model).Select(v => $"{v.Name}={v.Value}"))}{imbalance}{warnings}";
    }

    private void Write(TopViewKind view)
    {
        var table = TopViews.Make(view, model.Known);
        var columns = new Columns(table.Columns, [.. table.Rows.Where(r => r.Head is null).Select(TopFrame.Cells)], Unbounded);
        output.Line("");
        output.Line($"{TopViews.Title(view)}:");
        foreach (var line in table.Above)
            output.Line(line.Text.TrimEnd());
        output.Line(table.Rows.Count == 0 ? table.Empty : columns.Heading().Text.TrimEnd());
        foreach (var row in table.Rows)
            output.Line((row.Head ?? columns.Row(TopFrame.Cells(row))).Text.TrimEnd());
    }
}
