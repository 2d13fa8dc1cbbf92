namespace Bascule.Cli;

/// <summary>Draws the monitor: header, names of the views, the view, a line to talk, the keys.</summary>
public static class TopFrame
{
    /// <summary>A line to talk, and the keys.</summary>
    private const int FooterRows = 2;

    public static Frame Draw(TopModel model, ScreenSize size)
    {
        var upper = new Frame(size with { Rows = Math.Max(0, size.Rows - FooterRows) });
        foreach (var line in TopHeader.Lines(model, size.Columns))
            upper.Add(line);
        upper.Add(Tabs(model, size.Columns));
        var talk = model.Over is { } over ? Text(upper, model, over) : Table(upper, model);
        var frame = new Frame(size);
        frame.AddFooter(Talk(model, talk));
        frame.AddFooter(TopHelp.Footer(model));
        foreach (var line in upper.Lines)
            frame.Add(line);
        return frame;
    }

    private static ScreenLine Tabs(TopModel model, int columns) => Tabs(model, " ") is { } wide && wide.Width <= columns ? wide : Tabs(model, "");

    private static ScreenLine Tabs(TopModel model, string edge)
    {
        var line = new ScreenLine();
        foreach (var (place, view) in model.Source.Views.Index())
            line.Add($"{edge}{place + 1} {TopViews.Title(view)}{edge}", view == model.View && model.Over is null ? Tone.Reversed : Tone.Plain).Add(" ");
        return model.Over is { } over ? line.Add($"{edge}{over.Title}{edge}", Tone.Reversed) : line;
    }

    private static ScreenLine Text(Frame frame, TopModel model, TopText over)
    {
        var lines = over.Lines.SelectMany(l => CellText.Wrap(CellText.Clean(l), Math.Max(1, frame.Size.Columns))).ToList();
        model.PageRows = Math.Max(1, frame.Room);
        var top = Math.Clamp(over.Top, 0, Math.Max(0, lines.Count - frame.Room));
        var last = Math.Min(lines.Count, top + frame.Room);
        foreach (var line in lines.Skip(top).Take(frame.Room).ToList())
            frame.Add(line);
        return lines.Count > last || top > 0 ? new ScreenLine($"lines {top + 1} to {last} of {lines.Count}", Tone.Dim) : new ScreenLine();
    }

    /// <returns>Where in the table this is.</returns>
    private static ScreenLine Table(Frame frame, TopModel model)
    {
        var table = TopViews.Make(model.View, model.Known);
        var rows = model.Cursor.Arrange(table);
        foreach (var line in table.Above)
            frame.Add(line);
        var columns = new Columns(table.Columns, [.. table.Rows.Where(r => r.Head is null).Select(Cells)], frame.Size.Columns);
        frame.Add(columns.Heading(model.Cursor.SortedBy is { } by ? (by, model.Cursor.IsDescending) : null));
        var visible = Math.Max(1, frame.Room);
        model.PageRows = visible;
        model.Cursor.Show(visible, rows.Count);
        if (rows.Count == 0)
            frame.Add(model.Known.Latest is null ? "" : model.Cursor.Filter.Length > 0 ? $"nothing has “{model.Cursor.Filter}”" : table.Empty, Tone.Dim);
        foreach (var row in rows.Skip(model.Cursor.Top).Take(visible))
        {
            var line = row.Head ?? columns.Row(Cells(row));
            frame.Add(row.Key == model.Cursor.Selected ? line.Cut(frame.Size.Columns).Marked(frame.Size.Columns) : line);
        }

        return Where(model, table, rows, visible);
    }

    internal static List<TableCell> Cells(TopRow row) => [.. row.Cells.Select(c => new TableCell(c.Text, c.Tone))];

    private static ScreenLine Where(TopModel model, TopTable table, IReadOnlyList<TopRow> rows, int visible)
    {
        var line = new ScreenLine();
        if (rows.Count > visible)
            line.Add($"{model.Cursor.Top + 1} to {Math.Min(rows.Count, model.Cursor.Top + visible)} of {rows.Count}  ", Tone.Dim);
        if (model.Cursor.Filter.Length > 0)
            line.Add($"filter “{model.Cursor.Filter}”  ", Tone.Accent);
        if (model.Cursor.SortedBy is { } column)
            line.Add($"by {table.Columns[column].Heading.ToLowerInvariant()}{(model.Cursor.IsDescending ? ", the largest first" : "")}  ", Tone.Dim);
        return line.Add(rows.FirstOrDefault(r => r.Key == model.Cursor.Selected)?.Note ?? "");
    }

    private static ScreenLine Talk(TopModel model, ScreenLine otherwise) => model switch
    {
        { Prompt: { } prompt } => new ScreenLine(prompt.Question, Tone.Warning).Add(prompt.Text).Add(" ", Tone.Reversed),
        { Message: { } message } => new ScreenLine(message.Text, message.Tone),
        _ => otherwise,
    };
}
