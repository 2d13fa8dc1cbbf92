using System.Text.RegularExpressions;
using Bascule.Load;

namespace Bascule.Cli.Tests;

/// <summary>The picture of a run at two sizes: whole, within the screen, and only with what the mode has.</summary>
public sealed class LoadFrameTests
{
    private static readonly LoadPlan Plan = new()
    {
        Targets = [new LoadTarget("target", [new Uri("ws://127.0.0.1:8666/echo?token=secret"), new Uri("ws://127.0.0.1:8667/")])], Connections = 12_000, Hold = TimeSpan.FromSeconds(60),
    };

    [Fact]
    public void Eighty_columns_show_connections_rates_times_failures_and_the_slowest_round_trips() => Assert.Equal(
        """
         bascule load  echo  ws://127.0.0.1:8666/echo and 1 more
         3 s    holding for 60 s

         connections  9,000 open of 12,000, 12 under way  ███████████████
                      ▃▅▇
         handshakes   1,200/s

         messages     8,000/s sent, 7,990/s received
                      ▄▆█
         round trip   p50 501 µs  p90 901 µs  p99 991 µs  p99.9 –  max 50 ms
         last second  p50 501 µs  p90 901 µs  p99 991 µs  p99.9 –  max 50 ms

         failures     142, 40/s
          CLASS     COUNT  GUILTY   FIRST SEEN
          http.503    135  server   503 Service Unavailable, Retry-After: 5
          dns           7  network  no address for back-end.example

             < 64 µs ███████▏                                                63
            < 128 µs ███████▎                                                64
            < 256 µs ██████████████▍                                         128
            < 512 µs ████████████████████████████▊                           256
           < 1.02 ms ███████████████████████████████████████████████████████ 489
             < 66 ms ▏                                                       1
         q end now and write the report
        """.ReplaceLineEndings("\n"),
        Draw(Plan, new ScreenSize(80, 24)));

    [Theory]
    [InlineData(LoadMode.Echo, 80, 24)]
    [InlineData(LoadMode.Echo, 160, 50)]
    [InlineData(LoadMode.Storm, 160, 50)]
    [InlineData(LoadMode.SlowReader, 40, 10)]
    [InlineData(LoadMode.Echo, 20, 3)]
    [InlineData(LoadMode.Echo, 1, 1)]
    public void No_picture_is_larger_than_its_screen(LoadMode mode, int columns, int rows)
    {
        var frame = LoadFrame.Draw(Plan with { Mode = mode }, Course(400), new ScreenSize(columns, rows));

        Assert.Equal(rows, frame.Lines.Count);
        Assert.All(frame.Lines, line => Assert.InRange(line.Width, 0, columns));
    }

    [Fact]
    public void A_wide_screen_is_used_for_courses_and_bars()
    {
        var lines = Draw(Plan, new ScreenSize(160, 50), seconds: 400).Split('\n');

        Assert.Equal(50, lines.Length);
        Assert.All((int[])[4, 8], row => Assert.Equal(159, lines[row].Length));
        Assert.Contains(lines, line => line.Count(c => c == '█') > 100);
        Assert.Equal(" q end now and write the report", lines[^1]);
    }

    [Theory]
    [InlineData(LoadMode.Echo, "/s sent, ", "round trip")]
    [InlineData(LoadMode.Receive, "/s received", null)]
    [InlineData(LoadMode.SlowReader, "/s received", null)]
    [InlineData(LoadMode.Idle, null, null)]
    [InlineData(LoadMode.Churn, null, null)]
    [InlineData(LoadMode.Storm, null, null)]
    public void Only_what_a_mode_does_is_shown(LoadMode mode, string? rates, string? times)
    {
        var text = Draw(Plan with { Mode = mode }, new ScreenSize(80, 24));

        Assert.Contains($"{LoadFrame.ModeName(mode)}  ws://", text);
        Assert.Equal(rates is not null, text.Contains("messages", StringComparison.Ordinal));
        Assert.Contains(rates ?? "handshakes", text);
        Assert.Equal(times is not null, text.Contains("round trip", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(LoadPhase.Ramp, "opening connections: 12,100 attempts for 12,000 connections")]
    [InlineData(LoadPhase.Hold, "holding for 60 s")]
    [InlineData(LoadPhase.Storm, "all were dropped, and come back")]
    [InlineData(LoadPhase.Closing, "closing")]
    public void The_phase_is_told(LoadPhase phase, string expected) =>
        Assert.Contains(expected, LoadFrame.Draw(Plan, [Second(0) with { Phase = phase }], new ScreenSize(80, 24)).ToText());

    [Fact]
    public void A_run_without_failures_or_answers_says_so()
    {
        var quiet = Second(0) with { Failures = [], RoundTrip = new LatencyHistogram() };

        var text = LoadFrame.Draw(Plan, [quiet], new ScreenSize(80, 24)).ToText();

        Assert.Contains(" failures     none\n", text);
        Assert.Contains(" round trip   p50 –  p90 –  p99 –  p99.9 –  max –\n", text);
        Assert.DoesNotContain("< ", text);
    }

    [Fact]
    public void Where_there_is_no_room_the_fastest_round_trips_share_a_row_and_the_rarest_failures_have_none()
    {
        var many = Second(0) with { Failures = [.. Enumerable.Range(0, 30).Select(i => Tally($"http.{500 + i}", 100 - i))] };

        var text = LoadFrame.Draw(Plan, [many], new ScreenSize(80, 24)).ToText();

        Assert.Contains("; the 4 largest of 30 classes:", text);
        Assert.Contains("http.503", text);
        Assert.DoesNotContain("http.504", text);
        // All that was faster than 256 µs, in one row.
        Assert.Matches("< 256 µs █+[^ ]? +255\n", text);
        Assert.DoesNotContain("< 128 µs", text);
    }

    [Fact]
    public void A_token_in_a_url_and_what_a_server_says_cannot_reach_the_terminal()
    {
        var evil = Second(0) with { Failures = [Tally("http.503", 1, "\e[2J\nleft")] };

        var text = LoadFrame.Draw(Plan, [evil], new ScreenSize(80, 24)).ToText();

        Assert.DoesNotContain("secret", text);
        Assert.DoesNotContain("\e", text);
        Assert.Equal(24, text.Split('\n').Length);
    }

    [Fact]
    public void Where_there_is_no_terminal_seconds_are_one_line_with_their_mean_rates() => Assert.Equal(
        "    3 s  hold    open 9000, under way 12, failures 142, sent 5333/s, received 5326/s, round trip p50 501 µs, p99 991 µs", LoadFrame.Line(Course(3), TimeSpan.Zero));

    [Fact]
    public async Task Messages_that_came_between_two_lines_are_in_the_next_one()
    {
        using var error = new StringWriter { NewLine = "\n" };
        await using (var view = new LoadView(Plan, new Output(TextWriter.Null, error, isTerminal: false, isColored: false), screen: null, stop: () => { }))
        {
            for (var second = 0; second < 15; second++)
                view.Show(Second(second) with { Second = Second(second).Second with { Sent = 0, Received = second switch { 6 => 12_000, 14 => 1, _ => 0 } } });
        }

        Assert.Equal(["0", "2400", "0.2"], error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Regex.Match(line, "received ([^ ]+)/s").Groups[1].Value));
    }

    private static string Draw(LoadPlan plan, ScreenSize size, int seconds = 3) => LoadFrame.Draw(plan, Course(seconds), size).ToText();

    private static LoadProgress[] Course(int seconds) => [.. Enumerable.Range(0, seconds).Select(Second)];

    private static LoadProgress Second(int second)
    {
        var times = new LatencyHistogram();
        for (var i = 1; i <= 1000; i++)
            times.Record(i * 1000);
        times.Record(50_000_000);
        var grown = Math.Min(3, second + 1) / 3.0;
        return new LoadProgress(
            LoadPhase.Hold, TimeSpan.FromSeconds(second + 1), new LoadSecond(second, (int)(9000 * grown), 12, 1200, 40, (long)(8000 * grown), (long)(7990 * grown), times), 12_100,
            [Tally("http.503", 135, "503 Service Unavailable, Retry-After: 5"), Tally("dns", 7, "no address for back-end.example") with { Guilty = Guilty.Network }], times);
    }

    private static FailureTally Tally(string failureClass, int count, string example = "as it was seen") =>
        new(failureClass, Guilty.Server, count, TimeSpan.Zero, TimeSpan.Zero, example);
}
