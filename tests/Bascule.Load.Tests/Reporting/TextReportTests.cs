namespace Bascule.Load.Tests;

/// <summary>A person reads the verdict first, and finds every figure below it in 80 columns.</summary>
public sealed class TextReportTests
{
    private static readonly string Full = Text(Sample.Report);

    [Fact]
    public void A_good_run_fits_on_a_screen() => Assert.Equal(
        """
        100 connections opened, none failed; 72,000 messages echoed, none lost; round
        trip p50 0.200 ms, p99 1.40 ms.

        target  ws://target.example/ws-test
        plan    echo, 100 connections at 100/s, hold 10 s, messages of 128 bytes at 10/s
                on each
        ran     2026-10-01 12:00:00 UTC, 11.5 s

        Handshakes
                 count       p50       p90  p99  p99.9       max
        whole      100  0.600 ms  0.600 ms    -      -   2.00 ms
        tcp        100   80.0 µs   80.0 µs    -      -   80.0 µs
        upgrade    100  0.500 ms  0.500 ms    -      -  0.500 ms

        Round trips
                    count       p50       p90       p99     p99.9       max
        corrected  72,000  0.200 ms  0.200 ms   1.40 ms   1.40 ms   1.40 ms
        raw        72,000  0.180 ms  0.180 ms  0.180 ms  0.180 ms  0.180 ms
        corrected: from the moment a message was due, as a user feels it; raw: from the
        moment it was sent, blind for the wait before.

        Messages
                  sent  received  lost  in flight  received/s  payload
        target  72,000    72,000     0          0     6,261/s  9.22 MB

        Generator
        0.40 of a core, machine 50 % busy; 0.002 % of 100,000 late (lag p99 50.0 µs);
        12.0 ms in garbage collection; 140 of 20,000 descriptors. Fit to measure.

        """,
        Text(LoadReport.Of(Runs.Of(Runs.Good()))));

    [Fact]
    public void Two_targets_workers_and_the_machine_are_named()
    {
        Has("plan    echo, 200 connections at 100/s, hold 10 s, a message of 128 bytes every");
        Has("ran     2026-10-01 12:00:00 UTC, 11.5 s, 2 workers");
        Has("on      Debian GNU/Linux 12, 6.18.44, 4 cores; Bascule 0.1.0+abc");
        Has("direct upgrade    100  0.500 ms  0.500 ms    -      -  0.500 ms");
        Has("via corrected     72,000  0.450 ms  0.450 ms   2.10 ms   2.10 ms   2.10 ms");
        Has("via     72,000    71,990     6          4     6,260/s  9.22 MB");
    }

    [Fact]
    public void Each_class_of_failures_is_told_with_who_was_guilty_what_was_seen_and_what_to_do() => Has(
        """
        Failures
        class             count  of all  guilty    first    last  target
        http.503            135  96.4 %  server   100 ms  9.75 s  via
          seen     503 Service Unavailable, Retry-After: 5, from [31mhaproxy node|1 `x`
                   <b>@ops</b>
          advice   A proxy answered: what stands behind it is away, full or slow.
          attempt  0af7651916cd43dd8448eb211c80319c
          gateway  The queue of the pool kb was full: 1,000 attempts waited, and none of
                   the 6,000 slots of its nodes became free within 10 s. Add nodes.
        aborted.deadline      4   2.9 %  nobody   11.0 s  11.0 s  via
        """);

    [Fact]
    public void Storm_added_latency_thresholds_and_comparison_have_their_parts()
    {
        Has("200 connections dropped at once, 199 came back, at most 152/s.\nhalf after 1.20 s, 90 % after 3.05 s, all after - (never)\n");
        Has("Added latency (via minus direct)\np50    0.100 ms (0.100 ms to 0.100 ms with 95 % confidence, 6 windows); 0.150 ms\n       over the whole run\n");
        Has("p99    no confidence interval: 0 of 6 windows have the 1,000 samples at both\n");
        Has("ok    via:rtt.p99<5ms: 2.10 ms\nFAIL  connect.fail_rate<0.1%: connect.fail_rate is 40.5 %, not < 0.1 %\n");
        Has("FAIL  connect.p99.9<1s: only 200 samples; p99.9 needs 10,000\n");
        Has("via:rtt.p50               0.300 ms  0.450 ms  +50.0 %  1.87 µs  WORSE\n");
        Has("via:connect.fail_rate          0 %    57.6 %   from 0   11.7 %  WORSE\n");
        Has("not the same: connections: 100 in the base, 200 now\n");
    }

    [Fact]
    public void No_line_is_wider_than_80_columns() => Assert.All(Full.Split('\n'), line => Assert.InRange(line.Length, 0, 80));

    [Fact]
    public void Nothing_is_beyond_ascii_but_the_sign_of_micro_unless_a_server_wrote_it() =>
        Assert.All(Full, c => Assert.True(c is '\n' or 'µ' or (>= ' ' and <= '~')));

    [Fact]
    public void No_token_is_told()
    {
        Has("via     ws://127.0.0.1:8666/ws-test?token=***\n");
        Assert.DoesNotContain("s3cret", Full);
    }

    [Fact]
    public void A_server_cannot_send_commands_to_the_terminal() => Assert.DoesNotContain('\e', Full);

    [Fact]
    public void An_endless_example_is_cut()
    {
        var text = Text(LoadReport.Of(Runs.Of(Runs.Good() with { Failures = [Runs.Tally("http.200", 1, example: string.Concat(Enumerable.Repeat("<p>page</p> ", 5_000)))] })));

        Assert.InRange(text.Split('\n').Length, 30, 60);
        Assert.Contains("...", text);
    }

    [Fact]
    public void A_generator_at_its_limit_is_told_first_and_last()
    {
        var run = Runs.Of(Runs.Good());
        var text = Text(LoadReport.Of(run with { Generator = run.Generator with { LocalFailures = 7, MachineProcessor = 1 } }));

        Assert.StartsWith("The generator was the limit: this machine had no descriptor or port left 7\ntimes; do not trust the figures below.\n", text);
        Assert.Contains("NOT fit to measure: this machine had no descriptor or port left 7 times.", Unbroken(text));
        Assert.Contains("note: All cores of this machine were busy (100 %)", text);
    }

    [Fact]
    public void A_closed_loop_says_what_its_figures_do_not_show()
    {
        var run = Runs.Of(Runs.Good()) with { Generator = Runs.Fit() with { Planned = 0, Late = 0, Lag = new() } };
        var text = Text(LoadReport.Of(run with { Plan = run.Plan with { Rate = null, Ramp = null } }));

        Assert.Contains("as fast as 100 handshakes at once allow, hold 10 s, messages of 128 bytes one after the other", Unbroken(text));
        Assert.Contains("echo  72,000", text);
        Assert.Contains("One after the other, without --rate: a stall delays the messages behind it, and these figures do not show that.", Unbroken(text));
        Assert.Contains("nothing had a time to be late for", Unbroken(text));
    }

    [Fact]
    public void Parts_without_anything_to_tell_are_left_out()
    {
        var text = Text(LoadReport.Of(Runs.Of(new TargetResult { Label = "target" }) with { Plan = Runs.Plan() with { Mode = LoadMode.SlowReader } }));

        Assert.Contains("plan    slow-reader, 100 connections at 100/s, hold 10 s\n", text);
        Assert.All(new[] { "Handshakes", "Round trips", "Messages", "Failures", "Storm", "Added", "Thresholds", "Compared" }, title => Assert.DoesNotContain($"\n{title}\n", text));
    }

    [Fact]
    public void A_terminal_gets_colours_and_a_picture()
    {
        var text = Text(LoadReport.Of(Runs.Of(Runs.Good())), isColored: true);

        Assert.StartsWith("\e[32m100 connections opened", text);
        Assert.Contains("\e[1mHandshakes\e[0m\n", text);
        Assert.Contains("target   <= 0.243 ms      97.2 %  ████████████████████████████████████████\n", text);
        Assert.Contains("          <= 1.40 ms       2.8 %  █\n", text);
        Assert.StartsWith("\e[31m40.5 % of 336 attempts failed", Text(Sample.Report, isColored: true));
    }

    private static string Unbroken(string text) => string.Join(' ', text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries));

    private static void Has(string part) => Assert.Contains(part, Full);

    private static string Text(LoadReport report, bool isColored = false)
    {
        using var text = new StringWriter();
        TextReport.Write(report, text, isColored);
        return text.ToString();
    }
}
