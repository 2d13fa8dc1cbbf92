namespace Bascule.Cli;

/// <summary>What stands in one place.</summary>
/// <param name="Number">What it is sorted by; null: its text.</param>
public readonly record struct TopCell(string Text, double? Number = null, Tone Tone = Tone.Plain)
{
    /// <summary>A name, or a dash where there is none.</summary>
    public static TopCell Of(string? text, Tone tone = Tone.Plain) => new(string.IsNullOrEmpty(text) ? Amount.Unknown : text, null, tone);

    /// <summary>A number, or a dash where it is not known.</summary>
    public static TopCell Of(double? value, Tone tone = Tone.Plain) => new(Amount.Whole(value), value ?? double.NaN, tone);

    public static TopCell Rate(double value, Tone tone = Tone.Plain) => new(Amount.Short(value), value, value > 0 ? tone : Tone.Plain);

    public static TopCell Span(double seconds) => new(Readable.Span(seconds), seconds);
}

/// <param name="Key">What stays selected when the table is read anew.</param>
public sealed record TopRow(string Key, IReadOnlyList<TopCell> Cells)
{
    /// <summary>Rows of one group stay together, whatever they are sorted by.</summary>
    public string Group { get; init; } = "";

    /// <summary>Stands before its group, over the whole width.</summary>
    public ScreenLine? Head { get; init; }

    /// <summary>What has no room in the table; shown while the row is selected.</summary>
    public string? Note { get; init; }

    /// <summary>Which attempt it is about; null for others.</summary>
    public string? Attempt { get; init; }

    internal bool Has(string text) => Group.Contains(text, StringComparison.OrdinalIgnoreCase) || Cells.Any(c => c.Text.Contains(text, StringComparison.OrdinalIgnoreCase))
        || (Attempt?.Contains(text, StringComparison.OrdinalIgnoreCase) ?? false) || (Note?.Contains(text, StringComparison.OrdinalIgnoreCase) ?? false);
}

/// <summary>One view: sums above, a table below.</summary>
public sealed record TopTable(IReadOnlyList<Column> Columns, IReadOnlyList<TopRow> Rows)
{
    public IReadOnlyList<ScreenLine> Above { get; init; } = [];

    /// <summary>Stands where the rows would be, when there are none.</summary>
    public required string Empty { get; init; }
}

/// <summary>What a person looks at in one view: order, filter, selected row.</summary>
public sealed class TopCursor
{
    private int _place;

    /// <summary>Null: the order of the source.</summary>
    public int? SortedBy { get; private set; }

    public bool IsDescending { get; private set; }

    /// <summary>Only rows that have it somewhere.</summary>
    public string Filter { get; set; } = "";

    /// <summary>The row on top of the screen.</summary>
    public int Top { get; private set; }

    public string? Selected { get; private set; }

    /// <summary>The rows that fit the filter, in the order that is wanted.</summary>
    public IReadOnlyList<TopRow> Arrange(TopTable table)
    {
        var rows = table.Rows.Where(r => Filter.Length == 0 || r.Has(Filter)).ToList();
        // What stands before a group stays as long as anything of the group does.
        if (Filter.Length > 0 && table.Rows.Any(r => r.Head is not null))
            rows = [.. table.Rows.Where(r => r.Head is null ? rows.Contains(r) : rows.Exists(other => other.Group == r.Group))];
        if (SortedBy is { } column && column < table.Columns.Count)
        {
            var groups = table.Rows.Select(r => r.Group).Distinct(StringComparer.Ordinal).Index().ToDictionary(g => g.Item, g => g.Index, StringComparer.Ordinal);
            var grouped = rows.OrderBy(r => groups[r.Group]).ThenBy(r => r.Head is null).ThenBy(r => IsUnknown(r, column));
            rows = [.. IsDescending
                ? grouped.ThenByDescending(r => Number(r, column)).ThenByDescending(r => Text(r, column), StringComparer.Ordinal)
                : grouped.ThenBy(r => Number(r, column)).ThenBy(r => Text(r, column), StringComparer.Ordinal)];
        }

        Follow(rows);
        return rows;
    }

    /// <summary>The next column; after the last one, the order of the source again. Numbers begin with the largest.</summary>
    public void Sort(TopTable table)
    {
        SortedBy = SortedBy is not { } column ? 0 : column + 1 < table.Columns.Count ? column + 1 : null;
        IsDescending = SortedBy is { } next && table.Columns[next].IsRight;
    }

    public void Reverse() => IsDescending = !IsDescending;

    public void Move(IReadOnlyList<TopRow> rows, int by)
    {
        if (rows.Count == 0)
            return;
        _place = Math.Clamp(_place + by, 0, rows.Count - 1);
        Selected = rows[_place].Key;
    }

    /// <summary>Scrolls so that the selected row is among so many.</summary>
    public void Show(int visible, int count)
    {
        Top = Math.Clamp(Top, Math.Max(0, _place - visible + 1), Math.Max(0, _place));
        Top = Math.Clamp(Top, 0, Math.Max(0, count - visible));
    }

    /// <summary>The selected row may have moved; when it is gone, what stands in its place is selected.</summary>
    private void Follow(List<TopRow> rows)
    {
        var found = Selected is null ? -1 : rows.Index().FirstOrDefault(r => r.Item.Key == Selected, (-1, null!)).Index;
        _place = found >= 0 ? found : Math.Clamp(_place, 0, Math.Max(0, rows.Count - 1));
        Selected = rows.Count == 0 ? null : rows[_place].Key;
    }

    private static bool IsUnknown(TopRow row, int column) => row.Head is null && row.Cells[column].Number is double.NaN;

    private static double Number(TopRow row, int column) => row.Head is null ? row.Cells[column].Number ?? 0 : 0;

    private static string Text(TopRow row, int column) => row.Head is null && row.Cells[column].Number is null ? row.Cells[column].Text : "";
}
