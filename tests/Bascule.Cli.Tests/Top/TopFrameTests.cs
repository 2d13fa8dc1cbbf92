namespace Bascule.Cli.Tests;

/// <summary>What each view shows, on small and on large screens.</summary>
public sealed class TopFrameTests
{
    private static readonly Dictionary<TopViewKind, string[]> Shown = new()
    {
        [TopViewKind.Pools] = ["NODE", "STATE", "CONN", "SLOTS", "AVAIL", "UTIL", "LOAD", "10.0.0.2:8001", "failing", "100.0%  ████████", "kb  150 of 200 slots 75.0%", "imbalance 50  queue 3 of 1000"],
        [TopViewKind.Connections] = ["USER", "FROM", "MSG/S", "AGE", "alice·[2J··", "192.0.2.1:4000"],
        [TopViewKind.Refusals] = ["AGO", "REASON", "ROUTE", "STAGE", "token_expired", "6s", "2.1ms", "since top began: token_expired 1 (1/s)  route_not_found 1 (1/s)"],
        [TopViewKind.Endings] = ["REASON", "BY", "PER SEC", "COUNT", "IN ALL", "client_closed", "901", "1 connections ended and 2 attempts were refused since top began"],
        [TopViewKind.Routes] = ["ROUTE", "CONN", "OPENED/S", "REFUSED/S", "game", "12"],
        [TopViewKind.Shards] = ["SHARD", "STATE", "CONN", "UTIL", "CPU", "OUT/S", "2 shards, multi  4003 of 12000 slots 33.4%  imbalance 3  waiting 0  out/s 2.5k", "66.7%", "12.5%", "268M", "1.2k"],
        [TopViewKind.Sessions] = ["USER", "STATE", "AGE", "VIEWERS", "3 sessions  starting 1  running 1  ended 1  viewers 2", "the image is being pulled", "1m31s", "alice·[2J", "exited 3"],
        [TopViewKind.Events] = ["TIME", "EVENT", "WHAT", "12:00:01  node", "route=game  user=alice"],
    };

    public static TheoryData<TopViewKind, int, int> Screens()
    {
        var screens = new TheoryData<TopViewKind, int, int>();
        foreach (var view in Shown.Keys)
        {
            screens.Add(view, 80, 24);
            screens.Add(view, 160, 50);
        }

        return screens;
    }

    [Theory]
    [MemberData(nameof(Screens))]
    public void A_view_has_its_header_columns_and_keys_and_no_line_is_wider_than_the_screen(TopViewKind view, int columns, int rows)
    {
        var bench = new TopBench().Filled();
        bench.Press($"{bench.Views.Index().First(v => v.Item == view).Index + 1}");

        var frame = TopFrame.Draw(bench.Model, new ScreenSize(columns, rows));

        Assert.Equal(rows, frame.Lines.Count);
        Assert.All(frame.Lines, line => Assert.InRange(line.Width, 0, columns));
        Assert.StartsWith("bascule 1.2.3  gateway.example:8667  ready  up 2h0m  configuration", frame.Lines[0].Text);
        Assert.EndsWith("12:00:01 UTC", frame.Lines[0].Text);
        Assert.StartsWith("? help  / filter", frame.Lines[^1].Text);
        Assert.All(Shown[view], text => Assert.Contains(text, frame.ToText()));
        Assert.Contains(frame.Lines, line => bench.Views.Index().All(v => line.Text.Contains($"{v.Index + 1} {TopViews.Title(v.Item)}", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_header_has_all_figures_with_their_rates()
    {
        var text = new TopBench().Filled().Text;

        Assert.Matches("connections +40 +██ handshakes/s +14 +█ refused/s +2 +█", text);
        Assert.Matches("msgs in/s +1\\.5k +█ msgs out/s +0 +▁ cpu % +25 ", text);
        Assert.Matches("bytes in/s +2\\.5M +█ bytes out/s +0 +▁ memory +123M", text);
        Assert.Contains("\nPool kb: 1 of 2 nodes get no connections: 10.0.0.2:8001.\n", text);
    }

    [Fact]
    public void A_wide_screen_shows_what_a_narrow_one_has_no_room_for()
    {
        var bench = new TopBench().Filled();
        bench.Press("2");

        Assert.DoesNotContain("ATTEMPT", bench.Text);
        Assert.Contains(TopBench.Attempt(1), TopFrame.Draw(bench.Model, new ScreenSize(160, 50)).ToText());
    }

    [Theory]
    [InlineData(20, 5)]
    [InlineData(1, 1)]
    [InlineData(300, 3)]
    public void A_screen_that_is_too_small_shows_what_fits(int columns, int rows)
    {
        var bench = new TopBench().Filled();

        foreach (var key in "12345678?")
        {
            bench.Press(key.ToString());
            var frame = TopFrame.Draw(bench.Model, new ScreenSize(columns, rows));
            Assert.Equal(rows, frame.Lines.Count);
            Assert.All(frame.Lines, line => Assert.InRange(line.Width, 0, columns));
        }
    }

    [Fact]
    public void A_wide_screen_has_all_figures_of_each_shard()
    {
        var bench = new TopBench().Filled();
        bench.Press("7");

        var text = TopFrame.Draw(bench.Model, new ScreenSize(200, 30)).ToText();

        Assert.Matches(@"\nshard:1 +up +4003 +6000 +1997 +66\.7% +\S+ +12\.5% +268M +8\.0k +2\.5k +1\.2k +2 +4711", text);
        Assert.Matches(@"\nshard:2 +failing +0 +6000 +6000 +0\.0% +– +– +– +– +– +0 +– +its line is down: it ended", text);
    }

    [Fact]
    public void A_shard_tells_of_each_of_its_sources_and_why_it_is_away()
    {
        var bench = new TopBench().Filled();
        bench.Press("7");
        bench.Press(ConsoleKey.DownArrow);
        var away = bench.Text;
        bench.Press(ConsoleKey.UpArrow);

        Assert.Contains("shard:2 is failing: its line is down: it ended", away);
        Assert.Contains("kafka market: lag 3  redis: away (connection refused)", bench.Text);
    }

    [Fact]
    public void A_wide_screen_has_all_of_each_session()
    {
        var bench = new TopBench().Filled();
        bench.Press("8");

        var text = TopFrame.Draw(bench.Model, new ScreenSize(200, 30)).ToText();

        Assert.Matches(@"\n000000cb0{24} +bob +shell +starting +5s +– +kubernetes +bascule-3 +the image is being pulled +bash -l", text);
        Assert.Matches(@"\n000000ca0{24} +alice +shell +running +1m31s +2 +process +h-1 +bash -l", text);
    }

    [Fact]
    public void A_session_that_is_over_tells_why_and_what_to_do()
    {
        var bench = new TopBench().Filled();
        bench.Press("8");
        bench.Press(ConsoleKey.End);
        var selected = bench.Text;
        bench.Press(ConsoleKey.Enter);

        Assert.Contains("The command ended with code 3. See", selected);
        Assert.Matches("The command ended with code 3\\.\\s+See\\s+its\\s+output\\.", bench.Text);
    }

    [Fact]
    public void Where_there_are_no_sessions_the_reason_stands_in_their_place()
    {
        var bench = new TopBench().Filled();
        bench.Took(TopBench.Snapshot(2) with { Sessions = new SessionsSeen(null, "There are no sessions on this gateway (404): sessions.enabled is false") });
        bench.Press("8");

        Assert.Contains("There are no sessions on this gateway (404): sessions.enabled is false", bench.Text);
        Assert.DoesNotContain("alice", bench.Text);
    }

    [Fact]
    public void A_shard_that_said_nothing_new_keeps_its_rate_and_one_that_counts_anew_has_none()
    {
        var bench = new TopBench().Filled();
        bench.Press("7");

        bench.Took(TopBench.Snapshot(2) with { Shards = TopBench.Shards(TopBench.Start.AddSeconds(1), 3500) });
        var silent = bench.Text;
        bench.Took(TopBench.Snapshot(3) with { Shards = TopBench.Shards(TopBench.Start.AddSeconds(3), 10) });

        Assert.Contains("out/s 2.5k", silent);
        Assert.Contains("out/s –", bench.Text);
    }

    [Fact]
    public void Before_the_first_answer_nothing_is_shown_as_zero()
    {
        var text = new TopBench().Text;

        Assert.Contains("gateway.example:8667  asking …", text);
        Assert.Matches("connections +– +handshakes/s +–", text);
        Assert.DoesNotContain(" 0", text);
    }

    [Fact]
    public void A_gateway_that_does_not_answer_is_told_with_the_last_good_time_and_found_again()
    {
        var bench = new TopBench().Filled();

        bench.Model.Known.Failed("gateway.example:8667 cannot be asked: connection refused");
        bench.Advance(TimeSpan.FromSeconds(11));
        var lost = bench.Text;
        bench.Took(TopBench.Snapshot(20));

        Assert.StartsWith("bascule 1.2.3  gateway.example:8667  NO ANSWER for 12s, the last at 12:00:01 UTC", lost);
        Assert.Contains("cannot be asked: connection refused", lost);
        Assert.Contains("10.0.0.1:8001", lost);
        Assert.StartsWith("bascule 1.2.3  gateway.example:8667  ready  up 2h0m", bench.Text);
        // What was counted while nobody asked is no rate.
        Assert.Matches("handshakes/s +– ", bench.Text);
    }

    [Fact]
    public void An_answer_that_is_long_in_coming_is_told_as_missing()
    {
        var bench = new TopBench().Filled();

        bench.Advance(TimeSpan.FromSeconds(9));

        Assert.Contains("NO ANSWER for 10s", bench.Text);
    }

    [Fact]
    public void A_gateway_that_was_started_anew_counts_anew()
    {
        var bench = new TopBench().Filled();

        bench.Took(TopBench.Snapshot(2) with { Status = TopBench.Status(2) with { UptimeSeconds = 1 } });
        bench.Press("4");

        Assert.Matches("handshakes/s +– ", bench.Text);
        Assert.Contains("0 connections ended and 0 attempts were refused since top began", bench.Text);
    }

    [Fact]
    public void Answers_that_follow_each_other_at_once_make_no_rate()
    {
        var bench = new TopBench().Filled();

        bench.Took(TopBench.Snapshot(2) with { Status = TopBench.Status(2) with { Now = TopBench.Start.AddSeconds(1.1) } });

        Assert.Matches("handshakes/s +14 ", bench.Text);
    }
}
