namespace Bascule.Load.Tests;

/// <summary>A row for each target that a spreadsheet reads.</summary>
public sealed class CsvReportTests
{
    [Fact]
    public void One_header_line_and_a_row_for_each_target()
    {
        var rows = Rows(Sample.Report);

        Assert.Equal(["started", "program", "target", "urls", "mode", "connections"], rows[0].Take(6));
        Assert.Equal(["2026-10-01T12:00:00Z", "0.1.0+abc", "via", "ws://127.0.0.1:8666/ws-test?token=***", "echo", "200"], rows[1].Take(6));
        Assert.Equal(["via", "direct"], rows.Skip(1).Select(row => row[2]));
        Assert.All(rows, row => Assert.Equal(rows[0].Length, row.Length));
    }

    [Theory]
    [InlineData("verdict", "thresholdFailed")]
    [InlineData("attempts", "240")]
    [InlineData("opened", "100")]
    [InlineData("failed", "136")]
    [InlineData("fail_rate", "0.576271186440678")]
    [InlineData("lost", "1")]
    [InlineData("messages_lost", "6")]
    [InlineData("failures", "136")]
    [InlineData("most_frequent_failure", "http.503")]
    [InlineData("connect_p50_ms", "0.6")]
    [InlineData("connect_p99_ms", "")]
    [InlineData("rtt_raw_max_ms", "0.18")]
    [InlineData("late_rate", "2E-05")]
    [InlineData("duration_seconds", "11.5")]
    public void A_figure_is_a_plain_number_and_empty_when_it_is_not_known(string field, string value)
    {
        var rows = Rows(Sample.Report);

        Assert.Equal(value, rows[1][Array.IndexOf(rows[0], field)]);
    }

    [Fact]
    public void A_field_with_a_comma_or_a_quote_is_quoted()
    {
        var result = Runs.Of(Runs.Good()) with { Environment = new LoadEnvironment("0.1 \"beta\", local", "Linux", "6", 2, 1) };

        Assert.Contains(",target,ws://target.example/ws-test,", Text(LoadReport.Of(result)));
        Assert.Contains("Z,\"0.1 \"\"beta\"\", local\",target,", Text(LoadReport.Of(result)));
    }

    [Fact]
    public void Lines_end_as_the_standard_says_and_a_file_can_be_appended_to()
    {
        using var text = new StringWriter();
        CsvReport.Write(Sample.Report, text, hasHeader: false);

        Assert.Equal(2, text.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.StartsWith("2026-10-01T12:00:00Z,", text.ToString());
        Assert.EndsWith("\r\n", text.ToString());
    }

    private static List<string[]> Rows(LoadReport report) => [.. Text(report).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(','))];

    private static string Text(LoadReport report)
    {
        using var text = new StringWriter();
        CsvReport.Write(report, text);
        return text.ToString();
    }
}
