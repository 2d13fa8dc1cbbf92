using System.Text.RegularExpressions;
using Bascule.Model;

namespace Bascule.System.Tests;

/// <summary><c>bascule demo</c>: what it prints works as it is printed.</summary>
public sealed class DemoTests(DemoProcess demo) : IClassFixture<DemoProcess>
{
    [Fact]
    public async Task The_lines_for_topics_publish_and_read()
    {
        await using var reader = DemoProcess.Shell(await demo.PrintedAsync("bascule topic subscribe "));
        var publish = await demo.PrintedAsync("bascule topic publish ");
        await Waiting.UntilAsync(
            async () =>
            {
                // Again until the reader is there: a message for nobody is nobody's.
                await using var publisher = DemoProcess.Shell(publish);
                await publisher.ExitAsync();
                return reader.Output;
            },
            output => output.Contains("hello", StringComparison.Ordinal),
            reader.Report);
    }

    [Fact]
    public async Task The_curl_line_shows_events()
    {
        await using var curl = DemoProcess.Shell(await demo.PrintedAsync("curl -N "));
        await curl.LineAsync("^event: tick$");
        await curl.LineAsync("^data: 2.*Z$");
    }

    [Fact]
    public async Task The_Python_line_greets_the_user_and_echoes()
    {
        await using var python = DemoProcess.Shell(await demo.PrintedAsync("python3 "));
        await python.LineAsync("< hello demo-user");
        await python.WriteAsync("what I typed");
        await python.LineAsync("< what I typed");
        python.EndInput();
        await python.LineAsync("Connection closed: 1000");
        Assert.Equal(0, await python.ExitAsync());
    }

    [Fact]
    public async Task The_attempt_that_shall_fail_fails_and_is_explained()
    {
        await using var curl = DemoProcess.Shell(await demo.PrintedAsync("curl -si "));
        await curl.LineAsync("^HTTP/1.1 404 ");
        var id = (await curl.LineAsync("(?i)^X-Bascule-Attempt: (?<id>[0-9a-f]{32})")).Groups["id"].Value;
        var line = (await demo.PrintedAsync("bascule explain ID ")).Replace("ID", id, StringComparison.Ordinal);

        await using var explain = DemoProcess.Shell(line);

        Assert.Equal(0, await explain.ExitAsync());
        var words = new BasculeCommand(0, explain.StandardOutput, explain.StandardOutput).Words;
        Assert.Contains(EndReasons.QueryUnknownValue.Text, words, StringComparison.Ordinal);
        Assert.Contains(EndReasons.QueryUnknownValue.Advice, words, StringComparison.Ordinal);
        Assert.Contains("reason query_unknown_value", words, StringComparison.Ordinal);
        Assert.Contains("atlantis", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_printed_addresses_answer()
    {
        using var http = new HttpClient();
        foreach (var name in (string[])["page", "health"])
        {
            var url = Regex.Match(await demo.PrintedAsync(name + " "), "http\\S+").Value;
            using var answer = await http.GetAsync(url, TestContext.Current.CancellationToken);
            Assert.True(answer.IsSuccessStatusCode, url);
        }

        foreach (Match url in Regex.Matches(await demo.PrintedAsync("WebSocket "), "ws\\S+"))
        {
            using var client = await RawClient.ConnectAsync(url.Value);
            await client.CloseAsync();
        }
    }

    [Fact]
    public async Task A_token_that_is_issued_with_its_configuration_is_good()
    {
        var issued = await BasculeCommand.RunAsync("token", "issue", "--subject", "alice", "--config", demo.Config);
        Assert.Equal(0, issued.ExitCode);
        using var client = await RawClient.ConnectAsync($"{demo.WebSocketUrl}/ws/experience?experience=wylding-woods&token={issued.Standard.Trim()}");
        Assert.Equal("hello alice", await client.ReceiveTextAsync());
        await client.CloseAsync();
    }

    [Fact]
    public async Task An_id_that_never_arrived_is_said_to_have_failed_on_the_way()
    {
        var explain = await BasculeCommand.RunAsync("explain", $"{AttemptId.New()}", "--config", demo.Config);
        Assert.Equal(1, explain.ExitCode);
        Assert.Contains("No attempt with this id has reached this gateway", explain.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_one_on_the_same_ports_says_so_and_leaves_the_first_alone()
    {
        var config = await File.ReadAllTextAsync(demo.Config, TestContext.Current.CancellationToken);
        var second = await BasculeCommand.RunAsync(demo.Arguments());
        Assert.Equal(69, second.ExitCode);
        Assert.Matches("could not be opened: .*127.0.0.1:[0-9]+.*in use", second.Words);
        Assert.DoesNotContain(" at Bascule.", second.Words, StringComparison.Ordinal);
        Assert.Contains("--port", second.Words, StringComparison.Ordinal);
        Assert.Equal(config, await File.ReadAllTextAsync(demo.Config, TestContext.Current.CancellationToken));
    }
}

/// <summary>The end of the demo.</summary>
public sealed class DemoEndTests
{
    [Fact]
    public async Task Interrupted_it_tells_its_clients_and_ends_with_0()
    {
        await using var demo = new DemoProcess();
        await demo.InitializeAsync();
        using var client = await RawClient.ConnectAsync($"{demo.WebSocketUrl}/clock");
        var close = client.ReceiveCloseAsync();

        demo.Process.Signal("INT");

        Assert.Equal((1001, EndReasons.Draining.CloseText(client.Attempt)), await close);
        Assert.Equal(0, await demo.Process.ExitAsync());
        Assert.Contains("every client was told", demo.Process.Output, StringComparison.Ordinal);
    }
}
