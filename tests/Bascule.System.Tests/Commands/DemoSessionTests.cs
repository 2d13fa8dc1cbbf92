using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Bascule.System.Tests;

/// <summary>The sessions of <c>bascule demo</c>: what it prints works, and nobody else gets a shell.</summary>
public sealed class DemoSessionTests(DemoProcess demo) : IClassFixture<DemoProcess>
{
    private const string NewShell = """{ "profile": "shell" }""";

    private string Url => $"http://127.0.0.1:{demo.Port}";

    [Fact]
    public async Task The_line_for_a_command_shows_both_streams_and_ends_with_its_code()
    {
        await using var run = DemoProcess.Shell(await demo.PrintedAsync("BASCULE_TOKEN=\\S+ bascule session run "));
        Assert.Equal(3, await run.ExitAsync());
        Assert.Equal("out", run.StandardOutput.TrimEnd());
        Assert.Contains("err", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_line_for_a_shell_attaches_to_a_new_one_and_the_list_shows_it()
    {
        await using var terminal = await TmuxTerminal.StartAsync(100, 24);
        await terminal.TypeAsync($"bascule() {{ dotnet '{Repository.Program}' \"$@\"; }}\n");

        await terminal.TypeAsync(await demo.PrintedAsync("export BASCULE_TOKEN=") + "\n");

        // Again until it is there. Only inside of a session the variable is set.
        await Waiting.UntilAsync(
            async () =>
            {
                await terminal.TypeAsync("echo in-${BASCULE_SESSION_ID:+session}\n");
                return await terminal.ScreenAsync();
            },
            screen => screen.Contains("in-session", StringComparison.Ordinal),
            () => "No shell is attached.");
        await using var list = DemoProcess.Shell(await demo.PrintedAsync("BASCULE_TOKEN=\\S+ bascule session list "));
        Assert.Equal(0, await list.ExitAsync());
        Assert.Contains("running", list.StandardOutput, StringComparison.Ordinal);
        await Waiting.UntilAsync(
            () => BasculeCommand.RunAsync("top", "--once", "--config", demo.Config),
            // Its user, profile, state, age, and that one client is attached.
            top => Regex.IsMatch(top.Standard, "\n[0-9a-f]{32} +demo-user +shell +running +\\S+ +1 +process "),
            () => "bascule top does not show who is attached.");
    }

    [Fact]
    public async Task The_host_of_the_sessions_has_threads_that_may_block()
    {
        await demo.PrintedAsync("sessions ");
        var file = await Waiting.UntilAsync(
            () => Task.FromResult(Directory.GetFiles(demo.DataFolder, "host.json", SearchOption.AllDirectories)), found => found.Length == 1, () => "No session host has started.");
        var pid = (int)JsonNode.Parse(await File.ReadAllTextAsync(file[0], TestContext.Current.CancellationToken))!["pid"]!;

        var environment = await File.ReadAllTextAsync($"/proc/{pid}/environ", TestContext.Current.CancellationToken);

        Assert.Contains("PATH=", environment, StringComparison.Ordinal);
        // The gateway sets it for itself.
        Assert.DoesNotContain("INLINE_COMPLETIONS", environment, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_for_sessions_is_there_or_says_how_it_is_built()
    {
        using var http = new HttpClient();
        var address = Regex.Match(await demo.PrintedAsync("http://[0-9.:]+/terminal#token="), "[^#]+").Value;
        using var answer = await http.GetAsync(address, TestContext.Current.CancellationToken);
        if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
            Assert.Contains("npm run build", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        else
            Assert.Equal(("text/html", HttpStatusCode.OK), (answer.Content.Headers.ContentType?.MediaType, answer.StatusCode));
    }

    [Fact]
    public async Task Without_a_token_there_is_no_shell() =>
        Assert.Equal((HttpStatusCode.Unauthorized, "token_missing"), await CreateAsync(token: null));

    [Fact]
    public async Task A_page_of_another_site_gets_no_shell_even_with_the_token() =>
        Assert.Equal((HttpStatusCode.Forbidden, "origin_denied"), await CreateAsync(await TokenAsync(), origin: "https://evil.example"));

    [Fact]
    public async Task A_page_whose_name_was_turned_to_this_machine_gets_no_shell()
    {
        var name = $"evil.example:{demo.Port}";
        Assert.Equal((HttpStatusCode.Forbidden, "host_denied"), await CreateAsync(await TokenAsync(), origin: "http://" + name, host: name));
    }

    [Fact]
    public async Task Its_own_page_gets_one_by_either_name_of_this_machine()
    {
        var token = await TokenAsync();
        Assert.Equal(HttpStatusCode.Created, (await CreateAsync(token, origin: Url)).Status);
        Assert.Equal(HttpStatusCode.Created, (await CreateAsync(token, origin: $"http://localhost:{demo.Port}", host: $"localhost:{demo.Port}")).Status);
    }

    private async Task<string> TokenAsync() => (await demo.PrintedAsync("http://[0-9.:]+/terminal#token=")).Split('=')[1];

    private async Task<(HttpStatusCode Status, string Label)> CreateAsync(string? token, string? origin = null, string? host = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{Url}/api/sessions") { Content = new StringContent(NewShell, Encoding.UTF8, "application/json") };
        request.Headers.Host = host;
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (answer.StatusCode, Regex.Match(body, "\"label\": *\"(?<label>[a-z_]+)\"").Groups["label"].Value);
    }
}
