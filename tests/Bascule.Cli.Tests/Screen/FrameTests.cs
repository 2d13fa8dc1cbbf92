namespace Bascule.Cli.Tests;

/// <summary>What a frame is made of: lines, tables, bars.</summary>
public sealed class FrameTests
{
    [Fact]
    public void A_frame_has_exactly_the_rows_of_the_screen_and_its_footer_at_the_bottom()
    {
        var frame = new Frame(new ScreenSize(10, 4));
        frame.AddFooter(new ScreenLine("keys"));
        frame.Add("top");

        Assert.Equal((2, "top\n\n\nkeys"), (frame.Room, frame.ToText()));
    }

    [Fact]
    public void A_screen_without_room_shows_what_fits()
    {
        var frame = new Frame(new ScreenSize(3, 1));
        frame.AddFooter(new ScreenLine("keys"));
        frame.AddFooter(new ScreenLine("more"));
        frame.Add("top");

        Assert.Equal("ke…", frame.ToText());
    }

    [Theory]
    [InlineData("plain", 5)]
    [InlineData("漢字", 4)]
    [InlineData("한국어", 6)]
    [InlineData("e\u0301", 1)]
    [InlineData("🚀", 2)]
    [InlineData("·▁█⚠", 4)]
    public void Letters_are_measured_in_cells(string text, int cells) => Assert.Equal(cells, CellText.Width(CellText.Clean(text)));

    [Fact]
    public void A_letter_under_a_tower_of_marks_keeps_two() =>
        Assert.Equal("e\u0301\u0301x", CellText.Clean("e" + new string('\u0301', 500) + "x"));

    [Fact]
    public void Half_a_pair_of_surrogates_is_not_printed() => Assert.Equal("a·b", CellText.Clean("a\ud83db"));

    [Theory]
    [InlineData("漢字漢字", 5, "漢字…")]
    [InlineData("漢字漢字", 4, "漢…")]
    [InlineData("abc", 3, "abc")]
    [InlineData("abc", 1, "…")]
    [InlineData("abc", 0, "")]
    public void Text_is_cut_between_letters(string text, int width, string cut) => Assert.Equal(cut, CellText.Cut(text, width));

    [Fact]
    public void Text_is_broken_at_spaces_and_long_words_anywhere() =>
        Assert.Equal(["one two", "three", "abcdefgh", "ij"], CellText.Wrap("one two three abcdefghij", 8).ToArray());

    [Fact]
    public void A_line_is_cut_over_all_its_pieces()
    {
        var line = new ScreenLine("one", Tone.Strong).To(5).Add("two").Add("three", Tone.Bad);

        Assert.Equal(("one  two…", 9), (line.Cut(9).Text, line.Cut(9).Width));
        Assert.Equal("one  twothree", line.Cut(13).Text);
    }

    [Fact]
    public void A_sparkline_shows_the_latest_values_and_tells_nothing_from_little() =>
        Assert.Equal(("▁▂█", "  ▁▂", " █"), (Sparkline.Text([7, 0, 0.001, 100], 3), Sparkline.Text([0, 1], 4, full: 100), Sparkline.Text([double.NaN, 5], 2)));

    [Theory]
    [InlineData(0, "    ")]
    [InlineData(0.1, "▏   ")]
    [InlineData(50, "██  ")]
    [InlineData(60, "██▍ ")]
    [InlineData(100, "████")]
    [InlineData(250, "████")]
    [InlineData(double.NaN, "    ")]
    public void A_bar_fills_its_cells_by_eighths(double percent, string bar) => Assert.Equal(bar, Bar.Text(percent, 4));

    [Fact]
    public void A_table_cuts_and_then_drops_the_columns_that_matter_least()
    {
        Column[] columns = [new("NAME", 0, Least: 6), new("N") { IsRight = true }, new("WHY", 2, Least: 5), new("MORE", 1)];
        TableCell[] cells = [new("node-one"), new("12"), new("unreachable"), new("xxxx")];

        Assert.Equal(["NAME       N  WHY          MORE", "node-one  12  unreachable  xxxx"], Table(columns, cells, 40));
        Assert.Equal(["NAME       N  WHY     MORE", "node-one  12  unrea…  xxxx"], Table(columns, cells, 26));
        Assert.Equal(["NAME       N  MORE", "node-one  12  xxxx"], Table(columns, cells, 23));
        Assert.Equal(["NAME       N", "node-one  12"], Table(columns, cells, 16));
        Assert.Equal(["NAME     N", "node-…  12"], Table(columns, cells, 5));
    }

    [Fact]
    public void The_column_that_sorts_is_marked_without_growing()
    {
        Column[] columns = [new("NAME"), new("N") { IsRight = true }];
        IReadOnlyList<TableCell>[] rows = [[new("node"), new("12")]];
        var table = new Columns(columns, rows, 40);

        Assert.Equal(["NAME   N", "NAME▴  N", "NAME  ▾N"], new[] { table.Heading(), table.Heading((0, false)), table.Heading((1, true)) }.Select(h => h.Text));
        Assert.Equal("node  12", table.Row(rows[0]).Text);
    }

    private static string[] Table(Column[] columns, TableCell[] cells, int width)
    {
        var table = new Columns(columns, [cells], width);
        return [table.Heading().Text.TrimEnd(), table.Row(cells).Text.TrimEnd()];
    }
}
