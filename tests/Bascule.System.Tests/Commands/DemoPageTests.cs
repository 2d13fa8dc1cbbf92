using Bascule.Model;
using Microsoft.Playwright;

namespace Bascule.System.Tests;

/// <summary>The page of the demo, in a browser, and the line for its console.</summary>
[Collection(nameof(ClientTests))]
public sealed class DemoPageTests(Browser browser)
{
    [Fact]
    public async Task Its_buttons_connect_and_show_why_a_connection_was_refused()
    {
        await using var demo = new DemoProcess();
        await demo.InitializeAsync();
        var page = await browser.OpenAsync($"http://127.0.0.1:{demo.Port}/");
        var log = page.GetByRole(AriaRole.Log);
        await page.GetByLabel("token").FillAsync((await demo.Process.LineAsync("^TOKEN=(?<token>.+)$")).Groups["token"].Value);

        await PressAndSeeAsync("echo", "← hello from the browser");
        await PressAndSeeAsync("clock", "← 2");
        await PressAndSeeAsync("experience, with token", "← hello demo-user");
        await PressAndSeeAsync("close", "closed: 1000 done");
        await PressAndSeeAsync("without token", "closed: 4401 token_missing", EndReasons.TokenMissing.Advice);
        await PressAndSeeAsync("unknown experience", "closed: 4404 query_unknown_value", EndReasons.QueryUnknownValue.Advice);
        await PressAndSeeAsync("unknown path", "closed: 4404 route_not_found", EndReasons.RouteNotFound.Advice);
        await page.CloseAsync();

        async Task PressAndSeeAsync(string button, params string[] texts)
        {
            await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = button, Exact = true }).ClickAsync();
            foreach (var text in texts)
                await log.Filter(new LocatorFilterOptions { HasText = text }).WaitForAsync();
        }
    }

    [Fact]
    public async Task The_line_for_the_console_gets_a_greeting()
    {
        await using var demo = new DemoProcess();
        await demo.InitializeAsync();
        var page = await browser.OpenAsync($"http://127.0.0.1:{demo.Port}/");
        var line = await demo.PrintedAsync("new WebSocket");
        var message = await page.RunAndWaitForConsoleMessageAsync(() => page.EvaluateAsync($"() => {{ {line} }}"));
        Assert.Equal("hello demo-user", message.Text);
        await page.CloseAsync();
    }
}
