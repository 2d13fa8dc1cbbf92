using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Bascule.Terminal.Tests;

/// <summary>Modes that stay, and how they are brought back.</summary>
public sealed class TerminalModesTests
{
    [Theory]
    [InlineData("\e[?1049h", "\e[?1049h")]
    [InlineData("\e[?47h", "\e[?47h")]
    [InlineData("\e[?2004h", "\e[?2004h")]
    [InlineData("\e[?1000h\e[?1002;1006h", "\e[?1002h\e[?1006h")]
    [InlineData("\e[?1004h", "\e[?1004h")]
    [InlineData("\e[?1h\e=", "\e[?1h\e=")]
    [InlineData("\e[?25l", "\e[?25l")]
    [InlineData("\e[?7l", "\e[?7l")]
    [InlineData("\e[4h", "\e[4h")]
    [InlineData("\e(0\x0e", "\e(0\x0e")]
    [InlineData("\e[5;20r", "\e[5;20r")]
    [InlineData("\e[5;20r\e[?6h", "\e[5;20r\e[?6h")]
    [InlineData("\e]2;a title\e\\", "\e]2;a title\a")]
    [InlineData("\e[4 q", "\e[4 q")]
    [InlineData("\e[1;4;38;2;1;2;3;48:5:7m", "\e[0;1;4;38;2;1;2;3;48:5:7m")]
    public void What_was_set_is_set_again(string output, string restored)
    {
        var modes = Feed(output);

        Assert.Contains(restored, Encoding.UTF8.GetString(modes.Restore()), StringComparison.Ordinal);
        Assert.DoesNotContain(restored, Encoding.UTF8.GetString(new TerminalModes().Restore()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\e[?1049h\e[?1049l")]
    [InlineData("\e[?1000;1006;2004;1004;1;5;6h\e[?25;7l\e=\e[?1000;1006;2004;1004;1;5;6l\e[?25;7h\e>")]
    [InlineData("\e[1;31;44m\e[m")]
    [InlineData("\e[1;3;4;7;9;38;5;100m\e[22;23;24;27;29;39m")]
    [InlineData("\e(0\x0e\x0f\e(B")]
    [InlineData("\e[5;10r\e[r")]
    [InlineData("\e[?1049h\e[5;10r\e[1m\e[?2004h\e(0\ec")]
    [InlineData("\e[?1h\e=\e[4h\e[?6;7l\e[?25l\e[5;10r\e[1m\e[!p")]
    [InlineData("\e[?1003h\e[?1000l")]
    [InlineData("\e[99999999999999999999h\e[?99999999999999999999h\e[1;2;3u\e[?5W")]
    public void What_was_taken_back_is_not(string output) => Assert.Equal(default, Feed(output).State);

    [Fact]
    public void A_title_and_the_alternate_screen_can_be_asked_for()
    {
        var modes = Feed("\e]0;vim ü\a\e[?1049h");

        Assert.Equal(("vim ü", true), (modes.Title, modes.IsAlternateScreen));
    }

    [Fact]
    public void A_new_size_ends_the_scroll_region()
    {
        var modes = Feed("\e[5;10r");
        modes.OnResized();

        Assert.Equal(default, modes.State);
    }

    [Fact]
    public void Modes_are_the_same_after_a_trip_through_any_terminal() => Prop.ForAll(Streams.Hostile(), Streams.Hostile(), (output, before) =>
    {
        var modes = new TerminalModes();
        modes.Feed(output, 0);
        var terminal = new TerminalModes();
        // A terminal in any other state, as long as it is not in the middle of something.
        terminal.Feed([.. before, 0x18], 0);
        terminal.Feed(modes.Restore(), 0);

        Assert.Equal(modes.State with { Title = null }, terminal.State with { Title = null });
        if (modes.Title.Length > 0)
            Assert.Equal(modes.Title, terminal.Title);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Renditions_are_the_same_after_a_trip() => Prop.ForAll(Arb.From(Gen.Choose(0, 110).ListOf()), codes =>
    {
        var rendition = default(Rendition).Apply(Encoding.ASCII.GetBytes(string.Join(';', codes)));
        Assert.Equal(rendition, new Rendition(-1, "4:3", "31", "38;5;1", "58:5:1").Apply(Encoding.ASCII.GetBytes(rendition.ToString())));
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("46;58;5;1;38;2;86;19", "0;38;2;86;19;0;46;58;5;1")]
    [InlineData("46;38;5", "0;38;5;0;46")]
    [InlineData("31;38", "0;31")]
    [InlineData("31;48;7;38;1", "0;1;7;31")]
    public void A_colour_that_is_cut_short_takes_nothing_from_others(string parameters, string restored)
    {
        var rendition = default(Rendition).Apply(Encoding.ASCII.GetBytes(parameters));

        Assert.Equal(restored, rendition.ToString());
        Assert.Equal(rendition, default(Rendition).Apply(Encoding.ASCII.GetBytes(restored)));
    }

    internal static TerminalModes Feed(string output)
    {
        var modes = new TerminalModes();
        modes.Feed(Encoding.UTF8.GetBytes(output), 0);
        return modes;
    }
}
