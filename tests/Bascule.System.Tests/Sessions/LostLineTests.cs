using System.Text.RegularExpressions;
using Bascule.Testing;
using Microsoft.Playwright;

namespace Bascule.System.Tests;

/// <summary>The terminal page when its network is truly lost: nobody tells it so.</summary>
[Collection(nameof(ClientTests))]
[Trait("Part", "sessions")]
public sealed partial class LostLineTests(Browser browser, SessionGateway stage) : IClassFixture<SessionGateway>
{
    private const int Lines = 100_000;

    // Of 700 kB: in the middle.
    private const int SilentAfter = 300_000;

    // Contract: a silence that a client takes for a lost connection.
    private const int SilenceMilliseconds = 50_000;

    [Fact]
    public async Task A_line_that_falls_silent_and_is_reset_is_noticed_and_every_line_of_the_output_comes_once()
    {
        await using var line = LostLine.To(stage.Origin);
        var page = await OpenAsync(line);
        line.FallSilentAfter(SilentAfter);
        await page.Keyboard.TypeAsync($"clear; seq 1 {Lines}; echo all $((1 + 1)) ends\n");
        await line.Silent.Soon();

        // Nobody says anything to the page; its time passes faster.
        await page.Clock.FastForwardAsync(SilenceMilliseconds);
        await page.GetByText("The gateway does not answer.").WaitForAsync();
        await page.GetByText("Connecting again…").WaitForAsync();
        line.Reset();

        await TerminalPages.SeesAsync(page, "all 2 ends");
        await page.Locator("#banner").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Hidden });
        var seen = (await TerminalPages.CopyAsync(page)).Split('\n').Where(text => text.Length > 0 && char.IsAsciiDigit(text[0]));
        Assert.Equal(Enumerable.Range(1, Lines).Select(i => $"{i}"), seen);
        await page.CloseAsync();
    }

    [Fact]
    public async Task Who_types_into_a_silent_line_is_told_within_seconds()
    {
        await using var line = LostLine.To(stage.Origin);
        var page = await OpenAsync(line);
        line.FallSilentAfter(0);
        await page.Keyboard.TypeAsync("echo any");
        await line.Silent.Soon();
        await page.Clock.FastForwardAsync(5_000);

        await page.Keyboard.TypeAsync("body\n");
        await page.Clock.FastForwardAsync(5_000);

        await page.GetByText("The gateway does not answer.").WaitForAsync();
        await page.GetByText("Connecting again…").WaitForAsync();
        line.Reset();
        await page.Locator("#banner").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Hidden });
        await page.CloseAsync();
    }

    /// <summary>The page of a new session, by that line. It keeps all lines, and not the last 10,000 alone, so that all can be compared.</summary>
    private async Task<IPage> OpenAsync(LostLine line)
    {
        var id = await stage.CreateAsync();
        var page = await browser.OpenAsync("about:blank", new BrowserNewPageOptions { Permissions = ["clipboard-read", "clipboard-write"] });
        var keeps = false;
        await page.RouteAsync("**/assets/terminal-*.js", async route =>
        {
            var answer = await route.FetchAsync();
            var script = await answer.TextAsync();
            keeps = Scrollback.IsMatch(script);
            await route.FulfillAsync(new RouteFulfillOptions { Response = answer, Body = Scrollback.Replace(script, "scrollback:1e6,cursorBlink") });
        });
        await page.Clock.InstallAsync();
        // The shortest pause before the next try: what the page says must not pass with it.
        await page.AddInitScriptAsync("Math.random = () => 0");
        await page.GotoAsync($"{line.Origin}/terminal?session={id}");
        await TerminalPages.SeesAsync(page, "ready>");
        Assert.True(keeps, "The script of the page has no such limit any more.");
        return page;
    }

    [GeneratedRegex(@"scrollback:[\w$]+,cursorBlink")]
    private static partial Regex Scrollback { get; }
}
