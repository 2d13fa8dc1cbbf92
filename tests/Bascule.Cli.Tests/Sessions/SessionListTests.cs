namespace Bascule.Cli.Tests;

/// <summary>What <c>bascule session list</c> and <c>show</c> make of what others wrote.</summary>
public sealed class SessionListTests
{
    [Fact]
    public async Task A_command_or_name_with_a_line_break_makes_no_line_of_its_own()
    {
        var session = TermScripts.Document.Replace("[\"c\"]", "[\"a\\nid=forged\"]", StringComparison.Ordinal).Replace("\"name\":\"\"", "\"name\":\"n\\nowner forged\"", StringComparison.Ordinal);
        await using var server = (await TopicServer.StartAsync()).Answers(200, $$"""{"sessions":[{{session}}]}""").Answers(200, session);
        using var terminal = new Terminal();

        var list = await terminal.RunAsync("session", "list", "--url", server.Url, "--token", "t");
        var show = await terminal.RunAsync("session", "show", TermScripts.Id, "--url", server.Url, "--token", "t");

        Assert.EndsWith("command='a·id=forged'\n", list.Standard, StringComparison.Ordinal);
        Assert.Single(list.Standard.TrimEnd().Split('\n'));
        Assert.Contains("n·owner forged\n", show.Standard);
    }
}
