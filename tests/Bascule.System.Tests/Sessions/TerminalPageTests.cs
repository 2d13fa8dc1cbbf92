using Microsoft.Playwright;

namespace Bascule.System.Tests;

/// <summary>The terminal page in a browser, before a real gateway and real programs.</summary>
[Collection(nameof(ClientTests))]
[Trait("Part", "sessions")]
public sealed class TerminalPageTests(Browser browser, SessionGateway stage) : IClassFixture<SessionGateway>
{
    [Fact]
    public async Task A_session_is_started_used_and_seen_to_end()
    {
        var page = await browser.OpenAsync($"{stage.Origin}/terminal");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Start", Exact = true }).ClickAsync();

        await TerminalPages.SeesAsync(page, "ready>");
        await page.Keyboard.TypeAsync("echo $((6 * 7)); exit 3\n");

        await page.GetByText("The session is over: exited with code 3").WaitForAsync();
        await TerminalPages.SeesAsync(page, "42");
        await page.CloseAsync();
    }

    [Fact]
    public async Task It_runs_vim_loses_the_network_for_ten_seconds_and_shows_every_line_of_what_ran_meanwhile()
    {
        var page = await OpenAsync(await stage.CreateAsync());
        await page.Keyboard.TypeAsync($"vim -u NONE -i NONE -N {stage.File("edited")}\n");
        await TerminalPages.SeesAsync(page, "~");
        await page.Keyboard.TypeAsync("iwritten by vim");
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.TypeAsync(":wq\n");
        await Waiting.UntilAsync(() => Task.FromResult(File.Exists(stage.File("edited")) ? File.ReadAllText(stage.File("edited")) : ""), text => text == "written by vim\n", () => "vim did not write.");
        await TerminalPages.SeesAsync(page, "ready>");

        await page.Keyboard.TypeAsync($"clear; for i in $(seq 1 100); do echo \"line $i\"; sleep 0.1; done; seq 1001 6000; touch {stage.File("done")}\n");
        await TerminalPages.SeesAsync(page, "line 3");
        await page.Context.SetOfflineAsync(true);
        await page.GetByText("This device has no network.").WaitForAsync();
        await Waiting.UntilAsync(() => Task.FromResult(File.Exists(stage.File("done"))), there => there, () => "The loop does not end.");
        await page.Context.SetOfflineAsync(false);

        await TerminalPages.SeesAsync(page, "6000");
        await page.GetByText("This device has no network.").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Hidden });
        IEnumerable<string> expected = [.. Enumerable.Range(1, 100).Select(i => $"line {i}"), .. Enumerable.Range(1001, 5000).Select(i => $"{i}")];
        Assert.Equal(expected, (await TerminalPages.CopyAsync(page)).Split('\n').Where(line => line.Length > 0 && !line.StartsWith("ready>", StringComparison.Ordinal)));
        await page.CloseAsync();
    }

    [Fact]
    public async Task A_lost_connection_is_explained_counted_down_and_made_again()
    {
        var page = await OpenAsync(await stage.CreateAsync());
        var again = new LocatorWaitForOptions { State = WaitForSelectorState.Hidden };
        // The page's time stands still: what it says of the next try stays, however short the pause is.
        await page.Clock.InstallAsync();
        await page.Clock.PauseAtAsync(TimeProvider.System.GetUtcNow().UtcDateTime + TimeSpan.FromMinutes(1));
        await CutAsync();
        await page.GetByText("operator").WaitForAsync();
        await page.GetByText("Next try in").WaitForAsync();

        // Its time comes: the first pause is half a second at most. More would be the page's limit for connecting, too, which real connections cannot keep in a moment.
        await page.Clock.RunForAsync((long)TimeSpan.FromSeconds(1).TotalMilliseconds);
        await page.Locator("#banner").WaitForAsync(again);

        // And somebody does not want to wait.
        await CutAsync();
        await page.GetByText("Next try in").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Try now" }).ClickAsync();
        await page.GetByText("Next try in").WaitForAsync(again);
        await page.Clock.ResumeAsync();
        // Empty when it is attached: before that, nothing that is typed is sent.
        await page.Locator("#banner").WaitForAsync(again);
        await page.Locator(".xterm-helper-textarea").FocusAsync();
        await page.Keyboard.TypeAsync("echo still $((40 + 2))\n");

        await TerminalPages.SeesAsync(page, "still 42");
        await page.CloseAsync();

        async Task CutAsync()
        {
            await Waiting.UntilAsync(() => stage.Gateway.AdminAsync("/api/connections"), found => (int)found["total"]! > 0, () => "It does not come back.");
            await stage.Gateway.OrderAsync("/api/connections:close?all=true");
        }
    }

    [Fact]
    public async Task A_reload_shows_the_screen_again_and_keeps_the_keyboard()
    {
        var page = await OpenAsync(await stage.CreateAsync());
        await page.Keyboard.TypeAsync("echo be$((1 + 1))fore\n");
        await TerminalPages.SeesAsync(page, "be2fore");

        await page.ReloadAsync();

        await TerminalPages.SeesAsync(page, "be2fore");
        await page.Keyboard.TypeAsync("echo af$((1 + 1))ter\n");
        await TerminalPages.SeesAsync(page, "af2ter");
        await page.CloseAsync();
    }

    [Fact]
    public async Task Who_comes_second_looks_on_and_can_take_over()
    {
        var id = await stage.CreateAsync();
        var first = await OpenAsync(id);
        var second = await OpenAsync(id);
        var take = new PageGetByRoleOptions { Name = "Take over" };
        await second.GetByText("read only").WaitForAsync();
        Assert.False(await first.GetByRole(AriaRole.Button, take).IsVisibleAsync());

        await second.GetByRole(AriaRole.Button, take).ClickAsync();
        await first.GetByRole(AriaRole.Button, take).WaitForAsync();
        await second.Keyboard.TypeAsync("echo by the se$((1 + 1))ond\n");

        await TerminalPages.SeesAsync(first, "by the se2ond");
        await first.CloseAsync();
        await second.CloseAsync();
    }

    [Fact]
    public async Task The_program_is_told_how_large_the_window_is()
    {
        var page = await OpenAsync(await stage.CreateAsync(), new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = 1000, Height = 700 } });
        await page.SetViewportSizeAsync(360, 640);
        await page.Keyboard.TypeAsync($"trap 'stty size > {stage.File("size")}' WINCH; stty size > {stage.File("size")}\n");

        var narrow = await SizeAsync(columns => columns is > 20 and < 60);
        await page.SetViewportSizeAsync(1000, 700);
        var wide = await SizeAsync(columns => columns is > 90);

        Assert.True(narrow < wide);
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
        await page.CloseAsync();

        Task<int> SizeAsync(Predicate<int> fits) => Waiting.UntilAsync(
            () => Task.FromResult(File.Exists(stage.File("size")) && File.ReadAllText(stage.File("size")).Split(' ') is [_, var columns] ? int.Parse(columns) : 0),
            columns => fits(columns), () => "The size is another one.");
    }

    [Fact]
    public async Task A_session_that_is_not_there_is_said_and_not_asked_for_again()
    {
        var page = await browser.OpenAsync($"{stage.Origin}/terminal?session=00000000000000000000000000000000");

        await page.GetByRole(AriaRole.Status).Filter(new LocatorFilterOptions { HasText = "no such session" }).Or(page.GetByText("no session")).First.WaitForAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Connect again" }).WaitForAsync();
        await page.CloseAsync();
    }

    [Fact]
    public async Task A_token_comes_by_the_address_leaves_it_and_opens_the_terminal_by_a_ticket()
    {
        var gateway = await SessionGateway.StartAsync("required");
        var token = TestToken.Of("ann");
        var sockets = new List<string>();
        var page = await browser.OpenAsync($"{gateway.PublicUrls[0]}/terminal");
        page.WebSocket += (_, socket) => sockets.Add(socket.Url);
        await page.GetByLabel("Your token").WaitForAsync();

        await page.GotoAsync("about:blank");
        await page.GotoAsync($"{gateway.PublicUrls[0]}/terminal#token={token}");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Start", Exact = true }).ClickAsync();
        await TerminalPages.SeesAsync(page, "ready>");

        Assert.DoesNotContain(token, page.Url, StringComparison.Ordinal);
        Assert.All(sockets, url => Assert.DoesNotContain("ticket", url, StringComparison.Ordinal));
        Assert.NotEmpty(sockets);
        await page.CloseAsync();
        await SessionGateway.EndAsync(gateway);
    }

    [Fact]
    public async Task Nothing_that_the_policy_of_the_page_forbids_is_tried()
    {
        var page = await browser.OpenAsync("about:blank");
        var complaints = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                complaints.Add(message.Text);
        };
        await page.GotoAsync($"{stage.Origin}/terminal?session={await stage.CreateAsync()}");
        await TerminalPages.SeesAsync(page, "ready>");
        await page.Keyboard.TypeAsync("printf '\\e[38;2;10;200;30mgreen\\e[0m\\n'\n");
        await TerminalPages.SeesAsync(page, "green");
        await page.GotoAsync($"{stage.Origin}/terminal?command");
        await page.GetByLabel("Command").WaitForAsync();

        Assert.Empty(complaints);
        await page.CloseAsync();
    }

    private Task<IPage> OpenAsync(string id) => OpenAsync(id, new BrowserNewPageOptions { Permissions = ["clipboard-read", "clipboard-write"] });

    private async Task<IPage> OpenAsync(string id, BrowserNewPageOptions options)
    {
        var page = await browser.OpenAsync($"{stage.Origin}/terminal?session={id}", options);
        await TerminalPages.SeesAsync(page, "ready>");
        return page;
    }
}
