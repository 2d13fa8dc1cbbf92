namespace Bascule.Load.Tests;

/// <summary>A comment in a pull request that a server cannot deface.</summary>
public sealed class MarkdownReportTests
{
    private static readonly string Full = Text(Sample.Report);

    [Fact]
    public void The_verdict_comes_first()
    {
        Assert.StartsWith("## Load test did not pass\n\n40.5 % of 336 attempts failed, most with http.503;", Full);
        Assert.StartsWith("## Load test passed\n\n100 connections opened, none failed;", Text(LoadReport.Of(Runs.Of(Runs.Good()))));
    }

    [Fact]
    public void Every_part_is_a_table()
    {
        Has("### Thresholds\n\n|  | threshold | seen | why |\n|---|---|---|---|\n| ok | `via:rtt.p99<5ms` | 2.10 ms |  |\n| **FAIL** | `connect.fail_rate<0.1%` | 40.5 % | connect.fail\\_rate is 40.5 %, not &lt; 0.1 % |\n");
        Has("| via:rtt.p50 | 0.300 ms | 0.450 ms | +50.0 % | 1.87 µs | **worse** |\n");
        Has("\nNot the same: connections: 100 in the base, 200 now\n");
        Has("| via handshake | 100 | 0.600 ms | 0.600 ms | - | - | 2.00 ms |\n");
        Has("| direct round trip, raw | 72,000 | 0.180 ms |");
        Has("| via | 72,000 | 71,990 | 6 | 4 | 6,260/s |\n");
        Has("| p50 | 0.100 ms (0.100 ms to 0.100 ms with 95 % confidence, 6 windows); 0.150 ms over the whole run |\n");
        Has("| 200 | 199 | 1.20 s | 3.05 s | never | 152/s |\n");
        Has("\nGenerator: 0.40 of a core, machine 50 % busy;");
    }

    [Fact]
    public void Text_of_a_server_does_not_become_markup() =>
        Has("from  \\[31mhaproxy node\\|1 \\`x\\` &lt;b&gt;&#64;ops&lt;/b&gt; (the gateway: The queue of the pool kb was full:");

    [Fact]
    public void Each_row_is_one_line_with_as_many_cells_as_its_table()
    {
        var columns = 0;
        foreach (var line in Full.Split('\n'))
        {
            var cells = line.Replace("\\|", "", StringComparison.Ordinal).Count(c => c == '|');
            if (columns > 0 && cells > 0)
                Assert.Equal(columns, cells);
            columns = cells;
        }
    }

    [Fact]
    public void Empty_parts_and_tokens_are_left_out()
    {
        var text = Text(LoadReport.Of(Runs.Of(new TargetResult { Label = "target" })));

        Assert.DoesNotContain("###", text);
        Assert.DoesNotContain("s3cret", Full);
    }

    private static void Has(string part) => Assert.Contains(part, Full);

    private static string Text(LoadReport report)
    {
        using var text = new StringWriter();
        MarkdownReport.Write(report, text);
        return text.ToString();
    }
}
