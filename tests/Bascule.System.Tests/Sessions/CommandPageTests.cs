using Microsoft.Playwright;

namespace Bascule.System.Tests;

/// <summary>The command page in a browser: type a command, see its output, its exit code and how long it took.</summary>
[Collection(nameof(ClientTests))]
[Trait("Part", "sessions")]
public sealed class CommandPageTests(Browser browser, SessionGateway stage) : IClassFixture<SessionGateway>
{
    [Fact]
    public async Task Output_and_errors_stand_apart_and_the_exit_code_is_shown()
    {
        var page = await browser.OpenAsync($"{stage.Origin}/terminal?command");
        await RunAsync(page, "sh -c \"echo out; echo err >&2; exit 3\"");

        await page.GetByText("exited with code 3 after").WaitForAsync();
        Assert.Equal("out\n", await page.Locator(".stdout").TextContentAsync());
        Assert.Equal("err\n", await page.Locator(".stderr").TextContentAsync());
        Assert.NotEqual(await ColourAsync(page, ".stdout"), await ColourAsync(page, ".stderr"));
        await page.CloseAsync();
    }

    [Fact]
    public async Task Output_is_seen_as_it_comes_and_a_command_can_be_stopped()
    {
        var page = await browser.OpenAsync($"{stage.Origin}/command");
        await RunAsync(page, "sh -c \"echo first; exec sleep 600\"");
        await page.GetByText("first", new PageGetByTextOptions { Exact = true }).WaitForAsync();
        await page.GetByText("running for").WaitForAsync();

        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Stop" }).ClickAsync();

        await page.GetByText("ended by SIGINT after").WaitForAsync();
        await page.CloseAsync();
    }

    [Fact]
    public async Task Earlier_commands_stay_and_come_back_with_arrow_up()
    {
        var page = await browser.OpenAsync($"{stage.Origin}/terminal?command");
        await RunAsync(page, "echo one");
        await RunAsync(page, "echo two");
        await page.Locator(".run-card.good").Nth(1).WaitForAsync();

        await page.Keyboard.PressAsync("ArrowUp");
        await page.Keyboard.PressAsync("ArrowUp");

        Assert.Equal("echo one", await page.GetByLabel("Command").InputValueAsync());
        Assert.Equal(["two\n", "one\n"], await page.Locator(".stdout").AllTextContentsAsync());
        await page.CloseAsync();
    }

    [Fact]
    public async Task A_command_that_is_not_there_is_said()
    {
        var page = await browser.OpenAsync($"{stage.Origin}/terminal?command");
        await RunAsync(page, "no-such-program-here");

        await page.Locator(".run-card.failed .status").WaitForAsync();
        Assert.Contains("program", await page.Locator(".run-card.failed .status").TextContentAsync(), StringComparison.OrdinalIgnoreCase);
        await page.CloseAsync();
    }

    private static async Task RunAsync(IPage page, string command)
    {
        await page.GetByLabel("Command").FillAsync(command);
        await page.GetByLabel("Command").PressAsync("Enter");
    }

    private static Task<string> ColourAsync(IPage page, string part) => page.Locator(part).EvaluateAsync<string>("element => getComputedStyle(element).color");
}
