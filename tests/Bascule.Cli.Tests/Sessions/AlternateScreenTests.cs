using System.Text;

namespace Bascule.Cli.Tests;

/// <summary>Which screen a program has left the terminal on.</summary>
public sealed class AlternateScreenTests
{
    [Theory]
    [InlineData("ls\r\n", false)]
    [InlineData("\e[?1049h~", true)]
    [InlineData("\e[?47h", true)]
    [InlineData("\e[?1047h\e[?1047l", false)]
    [InlineData("\e[?1049h\e[?25l\e[?2004h\e\e[?1h", true)]
    [InlineData("\e[?1049h vim \e[?1049l\r\n$ ", false)]
    [InlineData("\e[?1049;1h", false)]
    [InlineData("\e[1049h", false)]
    [InlineData("\e[?10490000h", false)]
    public void It_is_known_however_the_output_is_cut(string output, bool expected)
    {
        var bytes = Encoding.ASCII.GetBytes(output);
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var screen = new AlternateScreen();
            screen.Read(bytes.AsSpan(0, cut));
            screen.Read(bytes.AsSpan(cut));
            Assert.Equal(expected, screen.IsOn);
        }
    }
}
