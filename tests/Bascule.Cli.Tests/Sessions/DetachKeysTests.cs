using System.Text;

namespace Bascule.Cli.Tests;

/// <summary>The keys that leave a session, among all others that are typed.</summary>
public sealed class DetachKeysTests
{
    [Theory]
    [InlineData("ctrl-p,ctrl-q", "ls\r|", "ls\r", false)]
    [InlineData("ctrl-p,ctrl-q", "a\u0010\u0011b", "a", true)]
    [InlineData("ctrl-p,ctrl-q", "a\u0010|\u0011", "a", true)]
    [InlineData("ctrl-p,ctrl-q", "\u0010|x", "\u0010x", false)]
    [InlineData("ctrl-p,ctrl-q", "\u0010\u0010\u0011", "\u0010", true)]
    [InlineData("ctrl-],d", "\u001dd", "", true)]
    [InlineData("CTRL-A", "x\u0001", "x", true)]
    [InlineData("", "\u0010\u0011", "\u0010\u0011", false)]
    public void They_leave_and_the_others_are_sent(string keys, string typed, string sent, bool leaves)
    {
        Assert.True(DetachKeys.TryParse(keys, out var detach));
        List<byte> toSend = [];

        var left = typed.Split('|').Select(piece => detach.Take(Encoding.ASCII.GetBytes(piece), toSend)).ToArray().Any(x => x);

        Assert.Equal((sent, leaves), (Encoding.ASCII.GetString([.. toSend]), left));
    }

    [Theory]
    [InlineData("ctrl-")]
    [InlineData("alt-x")]
    [InlineData("ctrl-p,")]
    [InlineData("ctrl-1")]
    [InlineData("a,b,c,d,e,f,g,h,i")]
    public void What_is_no_key_is_refused(string keys) => Assert.False(DetachKeys.TryParse(keys, out _));
}
