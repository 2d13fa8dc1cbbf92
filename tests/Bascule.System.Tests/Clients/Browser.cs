using Microsoft.Playwright;

namespace Bascule.System.Tests;

/// <summary>One headless Chromium: Debian's, not one that is downloaded. Each page has a profile of its own.</summary>
public sealed class Browser : IAsyncLifetime
{
    private const string Chromium = "/usr/bin/chromium";

    private static readonly string[] Flags =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--ignore-certificate-errors",
    ];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Chromium))
            throw new InvalidOperationException($"{Chromium} is missing. Run ./test, or: apt-get install chromium");
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium, Args = Flags });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.CloseAsync();
        _playwright?.Dispose();
    }

    /// <summary>Opens a page; the caller closes it.</summary>
    /// <param name="options">Of its profile; null: the usual ones.</param>
    internal async Task<IPage> OpenAsync(string url, BrowserNewPageOptions? options = null)
    {
        var page = await _browser!.NewPageAsync(options ?? new BrowserNewPageOptions { IgnoreHTTPSErrors = true });
        var answer = await page.GotoAsync(url);
        // The pages of sessions are built by npm, beside the program.
        Assert.True(answer is null || answer.Status != 503, $"{url} answers 503: {(answer is null ? "" : await answer.TextAsync())}");
        return page;
    }

    /// <summary>Runs the exchange of page.html, which the gateway itself delivers.</summary>
    internal async Task<ClientReport> RunAsync(string origin, string path, Scenario scenario)
    {
        var query = new (string Name, string Value)[]
        {
            ("url", "ws" + origin["http".Length..] + path), ("subprotocol", Scenario.Subprotocol), ("closeCode", $"{scenario.CloseCode}"),
            ("closeReason", Scenario.CloseReason), ("closeBy", scenario.By),
        };
        var page = await OpenAsync($"{origin}/page.html?{string.Join('&', query.Select(q => $"{q.Name}={Uri.EscapeDataString(q.Value)}"))}");
        try
        {
            return ClientReport.Parse(await page.EvaluateAsync<string>("window.finished.then(JSON.stringify)"));
        }
        finally
        {
            await page.CloseAsync();
        }
    }
}
