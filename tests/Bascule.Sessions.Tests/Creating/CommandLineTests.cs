namespace Bascule.Sessions.Tests;

/// <summary>How a line becomes the words of a command.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("")]
    [InlineData(" \t\r\n ")]
    [InlineData("info domain", "info", "domain")]
    [InlineData("  info\tdomain\n", "info", "domain")]
    [InlineData("say 'a b' c", "say", "a b", "c")]
    [InlineData("say \"a 'b' c\"", "say", "a 'b' c")]
    [InlineData("say 'a \"b\" \\n'", "say", "a \"b\" \\n")]
    [InlineData("say \"a \\\"b\\\" \\\\ \\n\"", "say", "a \"b\" \\ \\n")]
    [InlineData("a\\ b c", "a b", "c")]
    [InlineData("pre'mid'\"post\"", "premidpost")]
    [InlineData("say '' \"\"", "say", "", "")]
    [InlineData("a; b | c && d > e < f $HOME $(id) `id` * ? ~ # ! {x,y}", "a;", "b", "|", "c", "&&", "d", ">", "e", "<", "f", "$HOME", "$(id)", "`id`", "*", "?", "~", "#", "!", "{x,y}")]
    public void Quotes_and_blanks_are_understood_and_all_else_stands_for_itself(string line, params string[] expected)
    {
        Assert.True(CommandLine.TrySplit(line, out var words, out var fault));

        Assert.Equal(expected, words);
        Assert.Empty(fault);
    }

    [Theory]
    [InlineData("say 'it", "The quote at character 5 is not closed.")]
    [InlineData("say \"it\\\"", "The quote at character 5 is not closed.")]
    [InlineData("say it\\", "It ends with a backslash that nothing follows.")]
    public void A_line_that_does_not_end_well_says_where(string line, string expected)
    {
        Assert.False(CommandLine.TrySplit(line, out _, out var fault));

        Assert.Equal(expected, fault);
    }
}
