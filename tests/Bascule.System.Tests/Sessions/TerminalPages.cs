using Microsoft.Playwright;

namespace Bascule.System.Tests;

/// <summary>What a person sees of a terminal page.</summary>
internal static class TerminalPages
{
    internal static Task<string> SeesAsync(IPage page, string text) =>
        Waiting.UntilAsync(() => page.Locator(".xterm-rows").InnerTextAsync(), screen => screen.Replace('\u00a0', ' ').Contains(text, StringComparison.Ordinal), () => $"Wanted: {text}");

    /// <summary>All that the terminal still has.</summary>
    internal static async Task<string> CopyAsync(IPage page)
    {
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Copy all" }).ClickAsync();
        await page.GetByText("Copied.").WaitForAsync();
        return await page.EvaluateAsync<string>("navigator.clipboard.readText()");
    }
}
