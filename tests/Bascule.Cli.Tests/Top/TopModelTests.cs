namespace Bascule.Cli.Tests;

/// <summary>What the keys do.</summary>
public sealed class TopModelTests
{
    private readonly TopBench _bench = new TopBench().Filled();

    private TopModel Model => _bench.Model;

    [Fact]
    public void Numbers_and_tab_switch_the_view_and_ask_for_what_it_needs()
    {
        Assert.IsType<TopWish.Look>(_bench.Press("5"));
        Assert.Equal(TopViewKind.Routes, Model.View);
        Assert.IsType<TopWish.Look>(_bench.Press(ConsoleKey.Tab));
        _bench.Press(ConsoleKey.Tab);
        Assert.Equal(TopViewKind.Shards, Model.View);
        _bench.Press(ConsoleKey.Tab);
        Assert.Equal(TopViewKind.Sessions, Model.View);
        _bench.Press(ConsoleKey.Tab);
        Assert.Equal(TopViewKind.Pools, Model.View);
        Assert.Null(_bench.Press("9"));
        Assert.Equal(TopViewKind.Pools, Model.View);
    }

    [Fact]
    public void A_filter_works_while_it_is_typed_and_goes_with_escape()
    {
        _bench.Press("2/USER-0");
        var typed = _bench.Text;
        _bench.Press(ConsoleKey.Backspace);
        _bench.Press("08");
        _bench.Press(ConsoleKey.Enter);
        var entered = _bench.Text;
        _bench.Press(ConsoleKey.Escape);

        Assert.Contains("filter: USER-0", typed);
        Assert.Equal(4, typed.Split('\n').Count(l => l.StartsWith("user-0", StringComparison.Ordinal)));
        Assert.Contains("filter “USER-08”", entered);
        Assert.Single(entered.Split('\n'), l => l.StartsWith("user-", StringComparison.Ordinal));
        Assert.Contains("1 to 15 of 40", _bench.Text);
    }

    [Fact]
    public void A_filter_that_nothing_has_says_so_and_does_not_print_what_it_must_not()
    {
        _bench.Press("2/nobody");

        Assert.Contains("nothing has “nobody”", _bench.Text);
        Assert.Null(_bench.Press(ConsoleKey.Enter));
        Assert.Null(_bench.Press(ConsoleKey.Enter));
        Assert.Null(_bench.Press("k"));
    }

    [Fact]
    public void Letters_that_are_keys_elsewhere_are_text_in_a_filter()
    {
        Assert.Null(_bench.Press("2/qkf1"));

        Assert.Contains("filter: qkf1", _bench.Text);
    }

    [Fact]
    public void S_cycles_the_column_and_r_reverses_it()
    {
        _bench.Press("2ssss");
        Assert.Equal("192.0.2.10:4000", First());
        _bench.Press("r");
        Assert.Equal("192.0.2.9:4000", First());
        _bench.Press("ss");
        Assert.Contains("▾AGE", _bench.Text);
        Assert.Equal("192.0.2.40:4000", First());
        _bench.Press("r");
        Assert.Equal("192.0.2.1:4000", First());
        _bench.Press("sssssssss");
        Assert.Null(Model.Cursor.SortedBy);
    }

    [Fact]
    public void What_is_not_known_stands_last_in_both_directions()
    {
        _bench.Press("2" + new string('s', 12));
        var down = Model.Cursor.Arrange(TopViews.Make(Model.View, Model.Known));
        _bench.Press("r");
        var up = Model.Cursor.Arrange(TopViews.Make(Model.View, Model.Known));

        Assert.Equal((TopBench.Attempt(40), TopBench.Attempt(3)), (down[0].Key, down[^1].Key));
        Assert.Equal((TopBench.Attempt(1), TopBench.Attempt(3)), (up[0].Key, up[^1].Key));
    }

    [Fact]
    public void Nodes_stay_with_their_pool_whatever_they_are_sorted_by()
    {
        _bench.Press("sss");
        _bench.Press("r");

        var rows = Model.Cursor.Arrange(TopViews.Make(Model.View, Model.Known));

        Assert.Equal(["kb\n", "kb\n10.0.0.2:8001", "kb\n10.0.0.1:8001", "漢字の溜まり場\n"], rows.Select(r => r.Key));
    }

    [Fact]
    public void The_selected_row_stays_selected_when_others_come_and_go()
    {
        _bench.Press("2");
        _bench.Press(ConsoleKey.End);
        var last = Model.Cursor.Selected;
        var scrolled = _bench.Text;
        var connections = TopBench.Snapshot(2).Connections!;
        _bench.Took(TopBench.Snapshot(2) with { Connections = connections with { Connections = [.. connections.Connections.Skip(30)] } });
        var followed = _bench.Text;
        _bench.Took(TopBench.Snapshot(3) with { Connections = connections with { Connections = [.. connections.Connections.Take(3)] } });

        Assert.Contains("26 to 40 of 40", scrolled);
        Assert.Equal(TopBench.Attempt(40), last);
        Assert.Contains("192.0.2.40:4000", followed);
        Assert.Contains("192.0.2.3:4000", _bench.Text);
        Assert.Equal(TopBench.Attempt(3), Model.Cursor.Selected);
    }

    [Fact]
    public void Frozen_nothing_is_asked_until_it_is_thawed()
    {
        Assert.Null(_bench.Press("f"));
        Assert.True(Model.IsFrozen);
        Assert.EndsWith("FROZEN", _bench.Text.Split('\n')[0]);
        Assert.Null(_bench.Press("2"));
        Assert.IsType<TopWish.Look>(_bench.Press("f"));
    }

    [Fact]
    public void Enter_explains_and_escape_goes_back()
    {
        _bench.Press("3");
        var wish = _bench.Press(ConsoleKey.Enter);
        var asked = _bench.Text;
        Model.Explained(TopBench.Attempt(101), "Refused in the stage admission.\n\nWhat to do: fetch a new token.\n" + string.Join('\n', Enumerable.Range(1, 40)));
        var told = _bench.Text;
        _bench.Press(ConsoleKey.PageDown);
        var further = _bench.Text;
        _bench.Press(ConsoleKey.Escape);

        Assert.Equal(new TopWish.Explain(TopBench.Attempt(101)), wish);
        Assert.Contains("asking the gateway …", asked);
        Assert.Contains("What to do: fetch a new token.", told);
        Assert.DoesNotContain("What to do", further);
        Assert.Contains("REASON", _bench.Text);
    }

    [Fact]
    public void An_explanation_that_comes_too_late_does_not_cover_what_is_looked_at()
    {
        _bench.Press("3");
        _bench.Press(ConsoleKey.Enter);
        _bench.Press("1");

        Model.Explained(TopBench.Attempt(101), "too late");

        Assert.DoesNotContain("too late", _bench.Text);
    }

    [Fact]
    public void A_connection_is_shown_with_its_figures_and_a_node_with_what_led_to_its_state()
    {
        _bench.Press("2");
        _bench.Press(ConsoleKey.Enter);
        var connection = _bench.Text;
        _bench.Press("1");
        _bench.Press(ConsoleKey.DownArrow);
        _bench.Press(ConsoleKey.DownArrow);
        var note = _bench.Text;
        _bench.Press(ConsoleKey.Enter);

        Assert.Contains("route game, pool kb, node 10.0.0.1:8001, configuration 1", connection);
        Assert.Contains("10.0.0.2:8001 is failing since 12:00:00 UTC: three probes failed", note);
        Assert.Contains("three probes failed: connection\nrefused", _bench.Text);
    }

    [Fact]
    public void Without_write_the_keys_that_act_say_why_nothing_happens()
    {
        Assert.Null(_bench.Press("2k"));
        Assert.Contains("Read-only. To close: bascule top --write", _bench.Text);
        _bench.Press("1");
        _bench.Press(ConsoleKey.DownArrow);
        Assert.Null(_bench.Press("d"));
        Assert.Contains("Read-only. To drain: bascule top --write", _bench.Text);
    }

    [Fact]
    public void With_write_a_connection_is_closed_after_a_reason_and_a_yes()
    {
        var bench = new TopBench(mayWrite: true).Filled();
        bench.Press("2");
        bench.Press(ConsoleKey.DownArrow);

        bench.Press("kshe asked");
        var asked = bench.Text;
        bench.Press(ConsoleKey.Enter);
        bench.Press("yes");
        var wish = bench.Press(ConsoleKey.Enter);

        Assert.Contains("close 00000002… of user-02 from 192.0.2.2:4000 because: she asked", asked);
        Assert.Equal(new TopWish.Close(TopBench.Attempt(2), "she asked"), wish);
        Assert.Null(bench.Model.Prompt);
    }

    [Fact]
    public void With_write_a_node_is_drained_after_a_reason_and_a_yes()
    {
        var bench = new TopBench(mayWrite: true).Filled();
        bench.Press(ConsoleKey.DownArrow);

        bench.Press("dupdate");
        bench.Press(ConsoleKey.Enter);
        bench.Press("y");

        Assert.Equal(new TopWish.Drain("kb", "10.0.0.1:8001", "update"), bench.Press(ConsoleKey.Enter));
    }

    [Theory]
    [InlineData("", "", "the audit log wants a reason")]
    [InlineData("because", "no", "Nothing done.")]
    [InlineData("because", "", "Nothing done.")]
    public void Without_a_reason_or_a_yes_nothing_is_done(string why, string answer, string told)
    {
        var bench = new TopBench(mayWrite: true).Filled();
        bench.Press("2k" + why);

        var wish = bench.Press(ConsoleKey.Enter);
        if (bench.Model.Prompt is not null)
        {
            bench.Press(answer);
            wish = bench.Press(ConsoleKey.Enter);
        }

        Assert.Null(wish);
        Assert.Contains(told, bench.Text);
    }

    [Fact]
    public void Escape_leaves_an_order_and_keys_that_act_say_where_they_work()
    {
        var bench = new TopBench(mayWrite: true).Filled();
        bench.Press("2kbecause");
        bench.Press(ConsoleKey.Escape);
        Assert.Null(bench.Model.Prompt);
        bench.Press("d");
        Assert.Contains("d drains the selected node of the view of pools.", bench.Text);
        bench.Press("1d");
        Assert.Contains("d drains the selected node", bench.Text);
        bench.Press("k");
        Assert.Contains("k closes the selected connection of the view of connections.", bench.Text);
    }

    [Fact]
    public void Help_names_the_keys_and_q_leaves()
    {
        _bench.Press("?");
        Assert.Contains("close the selected connection (only with --write)", _bench.Text);
        _bench.Press("?");
        Assert.DoesNotContain("only with --write", _bench.Text);
        Assert.IsType<TopWish.Quit>(_bench.Press("q"));
    }

    private string First() => Model.Cursor.Arrange(TopViews.Make(Model.View, Model.Known))[0].Cells[3].Text;
}
