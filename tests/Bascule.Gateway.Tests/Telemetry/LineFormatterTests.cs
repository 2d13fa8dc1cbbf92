using Bascule.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Bascule.Gateway.Tests;

/// <summary>How a line of the log looks.</summary>
public sealed class LineFormatterTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Values_are_quoted_and_escaped_only_where_they_must_be()
    {
        var log = new LogBench(_time);
        log.Log(LogLevel.Information, new EventId(1, "Seen"), "{Plain} {Spaced} {Empty} {Quote} {Equal} {Path} {Break} {Missing} {List} {Number}",
            "a-b.c/d", "a b", "", "say \"hi\"", "a=b", @"c:\x", "a\r\n\tb\0", null, new[] { "x", "y" }, 1.5);

        Assert.Equal("""
            2030-01-01T00:00:00.000Z info  Seen plain=a-b.c/d spaced="a b" empty="" quote="say \"hi\"" equal="a=b" path="c:\\x" break="a\r\n\tb\u{0}" list="x, y" number=1.5
            """, Assert.Single(log.Lines));
    }

    [Fact]
    public void Letters_of_other_languages_are_left_alone()
    {
        var log = new LogBench(_time);
        log.Log(LogLevel.Information, new EventId(1, "Seen"), "{Name}", "Zoë 🐈 王");

        Assert.Contains("name=\"Zoë 🐈 王\"", log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_character_does_not_break_the_line()
    {
        var log = new LogBench(_time);
        log.Log(LogLevel.Information, new EventId(1, "Seen"), "{Name}", "a\ud83db\u2028c");

        Assert.Contains("name=\"a\ufffdb\\u{2028}c\"", log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_libraries_say_keeps_its_sentence_on_one_line()
    {
        var log = new LogBench(_time, "Microsoft.Hosting.Lifetime");
        log.Log(LogLevel.Information, new EventId(14, "ListeningOnAddress"), "Now listening on:\n{Address}", "http://[::]:8666");

        Assert.Equal("2030-01-01T00:00:00.000Z info  Microsoft.Hosting.Lifetime Now listening on:\\nhttp://[::]:8666", Assert.Single(log.Lines));
    }

    [Fact]
    public void An_event_of_ours_without_values_keeps_its_sentence()
    {
        var log = new LogBench(_time);
        log.Log(LogLevel.Warning, new EventId(1, "Stopping"), "The gateway stops.");

        Assert.Equal("2030-01-01T00:00:00.000Z warn  Stopping The gateway stops.", Assert.Single(log.Lines));
    }

    [Fact]
    public void A_long_value_is_cut()
    {
        var log = new LogBench(_time);
        log.Log(LogLevel.Information, new EventId(1, "Seen"), "{Long}", new string('x', 100_000));

        Assert.InRange(log.Text.Length, 2000, 2100);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void Colours_come_only_when_asked_for(bool colors, bool expected)
    {
        var log = new LogBench(_time, colors: colors);
        log.Log(LogLevel.Error, new EventId(1, "Seen"), "Something.");

        Assert.Equal(expected, log.Text.Contains("\u001b[31merror\u001b[0m", StringComparison.Ordinal));
        Assert.Equal(expected, log.Text.Contains('\u001b'));
    }

    [Theory]
    [InlineData(false, null, "xterm-256color", true)]
    [InlineData(false, "", "xterm", true)]
    [InlineData(false, "1", "xterm", false)]
    [InlineData(true, null, "xterm", false)]
    [InlineData(false, null, "dumb", false)]
    public void Colours_fit_a_terminal_whose_user_did_not_refuse_them(bool redirected, string? noColor, string? terminal, bool expected) =>
        Assert.Equal(expected, LogServices.ColorsFit(redirected, noColor, terminal));

    [Fact]
    public void The_console_uses_it_and_json_can_still_be_chosen()
    {
        using var services = new ServiceCollection().AddLogging(l => l.AddLineConsole()).BuildServiceProvider();

        Assert.Equal("bascule", services.GetRequiredService<IOptions<ConsoleLoggerOptions>>().Value.FormatterName);
        var names = services.GetServices<ConsoleFormatter>().Select(f => f.Name).ToList();
        Assert.Contains("bascule", names);
        Assert.Contains("json", names);
    }
}
