using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Bascule.Terminal.Tests;

/// <summary>What the parser makes of the output of terminals.</summary>
public sealed class VtParserTests
{
    [Theory]
    [InlineData("plain\r\n\ttext", "")]
    [InlineData("\e[31mred\e[m", "Csi..m(31) Csi..m()")]
    [InlineData("\e[?1049h\e[>4;2m\e[!p\e[2 q", "Csi?.h(1049) Csi>.m(4;2) Csi.!p() Csi. q(2)")]
    [InlineData("\ec\e(0\e=\e#8", "Escape..c() Escape.(0() Escape..=() Escape.#8()")]
    [InlineData("\e]0;a title\a", "Osc...(0;a title)")]
    [InlineData("\e]0;ü \u00c2 ž\e\\", "Osc...(0;ü \u00c2 ž) Escape..\\()")]
    [InlineData("\u009b1m\u009d2;x\u009c\u0084", "Csi..m(1) Osc...(2;x) Escape..D()")]
    [InlineData("\eP$qm\e\\", "Dcs.$q(m) Escape..\\()")]
    [InlineData("\eP1;2|17/ab\u009c", "Dcs..|(17/ab)")]
    [InlineData("\eXsecret [31m\e\\\e_apc\e\\\e^pm\e\\", "Escape..\\() Escape..\\() Escape..\\()")]
    [InlineData("\e[3\x0e" + "1m", "Control..\x0e Csi..m(31)")]
    [InlineData("\e[3\e[4m", "Csi..m(4)")]
    [InlineData("\e[3\x18" + "1m\e[5\x1a" + "7m", "")]
    [InlineData("\e]0;never\x18\e]0;ends", "")]
    [InlineData("\e[1?2h\e[ 1m\e[<1:2;3m", "Csi<.m(1:2;3)")]
    [InlineData("\e[3ü1m", "")]
    [InlineData("\e\e[1m", "Csi..m(1)")]
    [InlineData("\e[ !p", "Csi.\u00ffp()")]
    [InlineData("\x05\x0f", "Control..\x05 Control..\x0f")]
    public void Sequences_are_found(string text, string expected) => Assert.Equal(expected, Describe(Encoding.UTF8.GetBytes(text), int.MaxValue));

    [Fact]
    public void Text_without_an_end_costs_no_more_than_its_beginning()
    {
        var listener = new Listener();
        var parser = new VtParser(listener);
        parser.Feed("ab\e]0;"u8);
        for (var i = 0; i < 1000; i++)
            parser.Feed(new byte[10_000].AsSpan());
        Assert.Equal(2, parser.Boundary);
        parser.Feed("\a"u8);

        Assert.Equal(10_000_007, parser.Boundary);
        Assert.Contains("(cut ", listener.Text.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("abc", 3)]
    [InlineData("abc\e", 3)]
    [InlineData("abc\e[31;", 3)]
    [InlineData("abc\e[31m", 8)]
    [InlineData("abc\e]0;title", 3)]
    [InlineData("abcé", 5)]
    public void The_boundary_is_before_what_is_not_whole(string text, int boundary)
    {
        var parser = new VtParser(new Listener());
        parser.Feed(Encoding.UTF8.GetBytes(text));

        Assert.Equal(boundary, parser.Boundary);
    }

    [Theory]
    [InlineData("é")]
    [InlineData("€")]
    [InlineData("😀")]
    [InlineData("ž")]
    public void No_character_is_cut(string character)
    {
        var bytes = Encoding.UTF8.GetBytes(character);
        for (var split = 1; split < bytes.Length; split++)
        {
            var parser = new VtParser(new Listener());
            parser.Feed([.. "ab"u8, .. bytes[..split]]);
            Assert.Equal(2, parser.Boundary);
            foreach (var b in bytes[split..])
                parser.Feed([b]);
            Assert.Equal(2 + bytes.Length, parser.Boundary);
        }
    }

    [Fact]
    public void Where_the_bytes_are_split_does_not_matter() => Prop.ForAll(Streams.Hostile(), ArbMap.Default.ArbFor<PositiveInt>(), (bytes, piece) =>
        Assert.Equal(Describe(bytes, int.MaxValue), Describe(bytes, piece.Get % 7 + 1))).QuickCheckThrowOnFailure();

    [Fact]
    public void A_terminal_that_begins_at_a_boundary_sees_the_same_sequences() => Prop.ForAll(Streams.Hostile(), Streams.Hostile(), (before, after) =>
    {
        var listener = new Listener();
        var parser = new VtParser(listener);
        parser.Feed(before);
        var boundary = (int)parser.Boundary;
        var seen = listener.Text.Length;
        parser.Feed(after);

        byte[] rest = [.. before[boundary..], .. after];
        var whole = listener.Text.ToString()[seen..].Trim();
        // Controls inside of the sequence that is not whole were told before.
        Assert.EndsWith(whole, Describe(rest, int.MaxValue), StringComparison.Ordinal);
    }).QuickCheckThrowOnFailure();

    private static string Describe(byte[] bytes, int piece)
    {
        var listener = new Listener();
        var parser = new VtParser(listener);
        for (var at = 0; at < bytes.Length; at += Math.Min(piece, bytes.Length - at))
            parser.Feed(bytes.AsSpan(at, Math.Min(piece, bytes.Length - at)));
        return listener.Text.ToString().Trim();
    }

    private sealed class Listener : IVtListener
    {
        internal StringBuilder Text { get; } = new();

        public void OnSequence(in VtSequence sequence)
        {
            Text.Append(sequence.Kind).Append(Sign(sequence.Prefix)).Append(Sign(sequence.Intermediate)).Append(Sign(sequence.Final));
            if (sequence.Kind != VtKind.Control)
                Text.Append('(').Append(sequence.IsCut ? "cut " : "").Append(Encoding.UTF8.GetString(sequence.Text)).Append(')');
            Text.Append(' ');
        }

        private static string Sign(byte b) => b == 0 ? "." : ((char)b).ToString();
    }
}

/// <summary>Output that looks like a terminal's, and worse.</summary>
internal static class Streams
{
    private static readonly string[] Pieces =
    [
        "text", "\r\n", "ü", "€", "😀", "\e", "\e[", "\e[?1049h", "\e[?1049l", "\e[1;31m", "\e[m", "\e]0;t", "\a", "\e\\", "\eP", "\e[?", "1000", ";", "h", "l", "\x18", "\x0e", "\x0f", "\e(0", "\u009b", "\u009c",
        "\e[5;10r", "\e[?2004h", "\e[?1006h", "\e[?1002h", "\e[4h", "\e=", "\e>", "\ec", "\e[!p", "\e[6n", "\e[c", "\e]11;?\a", "\eP$qm\e\\", "\e[?25l", "\e[3 q", "\e[38;5;208m", "\e[4:3m", "q", "p", "$",
    ];

    public static Arbitrary<byte[]> Hostile() => Arb.From(
        Gen.OneOf(Gen.Elements(Pieces).Select(Encoding.UTF8.GetBytes), ArbMap.Default.GeneratorFor<byte>().Select(b => new[] { b }))
            .ListOf().Select(parts => parts.SelectMany(p => p).ToArray()));
}
