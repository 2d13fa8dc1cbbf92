using System.Text.Json.Nodes;
using Bascule.Testing;
using Microsoft.Playwright;

namespace Bascule.System.Tests;

/// <summary>Several who look at one session: by a link, as readers, and taking over. Users need tokens here.</summary>
[Collection(nameof(ClientTests))]
[Trait("Part", "sessions")]
public sealed class SharedSessionTests(Browser browser, SharedSessionTests.Stage stage) : IClassFixture<SharedSessionTests.Stage>
{
    private static readonly PageGetByRoleOptions Take = new() { Name = "Take over" };

    [Fact]
    public async Task Who_has_a_link_looks_on_until_the_session_is_deleted_and_can_neither_type_nor_take_over()
    {
        var id = await stage.CreateAsync();
        using var ann = await stage.AttachAsync(id, new TerminalHello("ann"));
        await ann.TypeAsync("echo ann $((40 + 2))\r");
        var link = await stage.LinkAsync(id);
        var page = await browser.OpenAsync("about:blank");
        var referers = new List<string>();
        page.Request += (_, request) => referers.AddRange(request.Headers.Where(h => h.Key == "referer").Select(h => h.Value));
        await page.GotoAsync(link);
        await TerminalPages.SeesAsync(page, "ann 42");
        await page.GetByText("read only; ann writes").WaitForAsync();

        await page.Keyboard.TypeAsync("echo stranger $((40 + 3))\n");
        await ann.TypeAsync("echo ann $((40 + 4))\r");

        Assert.DoesNotContain("43", await TerminalPages.SeesAsync(page, "ann 44"));
        Assert.False(await page.GetByRole(AriaRole.Button, Take).IsVisibleAsync());
        Assert.All(referers, Assert.Empty);
        Assert.Equal(0, (await stage.CommandAsync("delete", id)).ExitCode);
        await page.GetByText("The session is over: deleted").WaitForAsync();

        await page.ReloadAsync();
        await page.GetByText("session is over").WaitForAsync();
        await page.CloseAsync();
    }

    [Fact]
    public async Task A_link_is_good_for_one_session_and_for_looking_whatever_its_client_says()
    {
        var (one, other) = (await stage.CreateAsync(), await stage.CreateAsync());
        var link = new Uri(await stage.LinkAsync(one)).Query.Split("&link=")[1];

        using var viewer = await TerminalSocket.ConnectAsync($"{stage.Gateway.WebSocketUrl}/ws/session/{one}/?link={link}&role=write&take=true", new TerminalHello("eve", Take: true), token: null);
        await viewer.TypeAsync("echo stranger\r");
        Assert.Equal("denied", await Stage.NoticeAsync(viewer, "denied"));
        Assert.Equal("read", (string?)viewer.Terminal["role"]);

        await Assert.ThrowsAnyAsync<Exception>(() => TerminalSocket.ConnectAsync($"{stage.Gateway.WebSocketUrl}/ws/session/{other}/?link={link}", new TerminalHello("eve"), token: null));
        Assert.DoesNotContain(link, stage.Gateway.Process.Output);
        Assert.DoesNotContain(link, await stage.Gateway.AdminTextAsync("/api/attempts"));
        Assert.DoesNotContain(link, await stage.Gateway.AdminTextAsync("/api/audit"));
        Assert.DoesNotContain(link, await stage.Gateway.AdminTextAsync("/api/connections"));
    }

    [Fact]
    public async Task A_page_that_wants_to_read_leaves_the_keyboard_to_others()
    {
        var id = await stage.CreateAsync();
        var page = await browser.OpenAsync($"{stage.Origin}/terminal#token={stage.Token}");
        await page.GotoAsync($"{stage.Origin}/terminal?session={id}&read");
        await page.GetByText("read only").WaitForAsync();
        await page.Keyboard.TypeAsync("echo typed $((40 + 3))\n");

        using var ann = await stage.AttachAsync(id, new TerminalHello("ann"));
        await ann.TypeAsync("echo ann $((40 + 4))\r");

        Assert.DoesNotContain("43", await TerminalPages.SeesAsync(page, "ann 44"));
        Assert.False(await page.GetByRole(AriaRole.Button, Take).IsVisibleAsync());
        Assert.Equal("write", (string?)ann.Terminal["role"]);
        await page.CloseAsync();
    }

    [Fact]
    public async Task Who_takes_over_is_in_the_audit_log_once()
    {
        var id = await stage.CreateAsync();
        using var first = await stage.AttachAsync(id, new TerminalHello("first"));
        using var second = await stage.AttachAsync(id, new TerminalHello("second", Take: true));
        Assert.Equal("taken", await Stage.NoticeAsync(first, "taken"));

        var entries = await Waiting.UntilAsync(
            async () => (await stage.Gateway.AdminTextAsync("/api/audit?kind=session_role")).Split('\n').Where(line => line.Contains(id, StringComparison.Ordinal)).ToList(),
            lines => lines.Count > 0, stage.Gateway.Process.Report);

        var entry = JsonNode.Parse(Assert.Single(entries))!;
        Assert.Equal(("ann", "ann", "write", "fence 2"), ((string?)entry["subject"], (string?)entry["fromSubject"], (string?)entry["role"], (string?)entry["detail"]));
        Assert.Matches("^[0-9a-f]{32}$", (string?)entry["attempt"]);
        Assert.StartsWith("127.0.0.1:", (string?)entry["client"]);
    }

    /// <summary>A gateway that asks for tokens, and its user ann.</summary>
    public sealed class Stage : IAsyncLifetime
    {
        private GatewayProcess? _gateway;

        internal GatewayProcess Gateway => _gateway!;

        internal string Origin => Gateway.PublicUrls[0];

        internal string Token { get; } = TestToken.Of("ann");

        public async ValueTask InitializeAsync() => _gateway = await SessionGateway.StartAsync("required");

        public async ValueTask DisposeAsync()
        {
            if (_gateway is not null)
                await SessionGateway.EndAsync(_gateway);
        }

        internal Task<BasculeCommand> CommandAsync(string verb, params IEnumerable<string> arguments) => BasculeCommand.RunAsync(["session", verb, "--url", Origin, "--token", Token, .. arguments]);

        internal async Task<string> CreateAsync() => (await CommandAsync("create", "--profile", "shell")).Standard.Split('\n')[0];

        internal async Task<string> LinkAsync(string id) => (await CommandAsync("link", id, "--minutes", "5")).Standard.Split('\n')[0];

        internal Task<TerminalSocket> AttachAsync(string id, TerminalHello hello) => TerminalSocket.ConnectAsync($"{Gateway.WebSocketUrl}/ws/session/{id}/", hello, Token);

        /// <summary>Reads until a notice of this kind comes.</summary>
        internal static async Task<string?> NoticeAsync(TerminalSocket socket, string kind)
        {
            while (await socket.ReceiveAsync().Soon() is { } frame)
            {
                if (frame.Channel == TerminalSocket.Notice && (string?)frame.Json["kind"] == kind)
                    return kind;
            }

            return null;
        }
    }
}
