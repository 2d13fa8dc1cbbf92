using System.Text;
using Bascule.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace Bascule.Terminal.Tests;

/// <summary>What who comes late is shown.</summary>
public sealed class SnapshotTests
{
    private const int Ring = 64 << 10;

    [Theory]
    [InlineData("\e[c")]
    [InlineData("\e[0c")]
    [InlineData("\e[>c")]
    [InlineData("\e[=0c")]
    [InlineData("\eZ")]
    [InlineData("\u009a")]
    [InlineData("\e[5n")]
    [InlineData("\e[6n")]
    [InlineData("\e[?6n")]
    [InlineData("\e[>0q")]
    [InlineData("\e[?2026$p")]
    [InlineData("\e[4$p")]
    [InlineData("\e[?u")]
    [InlineData("\e[x")]
    [InlineData("\e[18t")]
    [InlineData("\e[?1;1;0S")]
    [InlineData("\eP$qm\e\\")]
    [InlineData("\eP+q544e\e\\")]
    [InlineData("\eP$q q\u009c")]
    [InlineData("\e]10;?\a")]
    [InlineData("\e]11;?\e\\")]
    [InlineData("\e]12;?\u009c")]
    [InlineData("\e]4;1;?;2;?\a")]
    [InlineData("\e]52;c;?\a")]
    [InlineData("\e]52;c;aGVsbG8=\a")]
    [InlineData("\e[\x05" + "6n")]
    public void Questions_to_the_terminal_are_not_asked_again(string query) =>
        Assert.Equal("before | after", Encoding.UTF8.GetString(QueryFilter.Strip(Encoding.UTF8.GetBytes($"before {query}| after{query}"))));

    [Theory]
    [InlineData("\e[31m\e[2J\e[H\e[?1049h\e[>4;2m\e[>4n\e[2 q\e[!p\e[22;0t\e[?1l")]
    [InlineData("\e]0;title\a\e]4;1;rgb:ff/00/00\a\e]8;;http://x/?\e\\link\e]8;;\e\\\e]133;A\a")]
    [InlineData("\eP0;1|17/ab\e\\\ePq#0;2;0;0;0\e\\\ec\e(0")]
    [InlineData("ü€😀\t\b\a")]
    public void Everything_else_stays(string output) => Assert.Equal(output, Encoding.UTF8.GetString(QueryFilter.Strip(Encoding.UTF8.GetBytes(output))));

    [Theory]
    [InlineData("\e]0;title\e[6n|", "\e]0;title\e\\|")]
    [InlineData("\e_apc\e[c|", "\e_apc\e\\|")]
    [InlineData("\e[3\e[6nm", "\e[3\e\\m")]
    [InlineData("\e]11;?\e[6n|", "|")]
    [InlineData("\e]0;a\u009a|", "\e]0;a\e\\|")]
    [InlineData("a\x05z", "a\0z")]
    public void What_a_question_ended_stays_ended(string output, string stripped) => Assert.Equal(stripped, Encoding.UTF8.GetString(QueryFilter.Strip(Encoding.UTF8.GetBytes(output))));

    [Fact]
    public void Stripping_twice_is_stripping_once_and_adds_nothing() => Prop.ForAll(Streams.Hostile(), output =>
    {
        var once = QueryFilter.Strip([.. output, 0x18]);
        Assert.InRange(once.Length, 0, output.Length + 1);
        Assert.Equal(once, QueryFilter.Strip(once));
        var modes = new TerminalModes();
        modes.Feed([.. output, 0x18], 0);
        var stripped = new TerminalModes();
        stripped.Feed(once, 0);
        Assert.Equal(modes.State, stripped.State);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_short_output_is_shown_whole()
    {
        var (ring, modes) = Write("hello \e[6n\e[31mworld", 1);

        var snapshot = SnapshotTaker.Take(ring, modes, int.MaxValue);

        Assert.Equal((0, ring.End), (snapshot.From, snapshot.To));
        Assert.EndsWith("hello \e[31mworld", Encoding.UTF8.GetString(snapshot.Bytes.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\e[1;24rtext", "text\e7\e[r\e8")]
    [InlineData("text", "text")]
    public void A_scroll_region_that_a_resize_took_away_does_not_come_back(string output, string end)
    {
        var (ring, modes) = Write(output, 1);
        modes.OnResized();
        Append(ring, modes, "\e[m"u8);

        var snapshot = SnapshotTaker.Take(ring, modes, int.MaxValue);

        Assert.EndsWith(end.Replace("text", "text\e[m", StringComparison.Ordinal), Encoding.UTF8.GetString(snapshot.Bytes.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void A_scroll_region_that_was_set_after_a_resize_stays()
    {
        var (ring, modes) = Write("\e[1;24r", 1);
        modes.OnResized();
        Append(ring, modes, "\e[1;40rtext"u8);

        Assert.EndsWith("\e[1;40rtext", Encoding.UTF8.GetString(SnapshotTaker.Take(ring, modes, int.MaxValue).Bytes.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_whole_at_the_end_is_left_for_the_one_who_reads_on()
    {
        var (ring, modes) = Write("hello \e[31", 1);

        var snapshot = SnapshotTaker.Take(ring, modes, int.MaxValue);

        Assert.Equal(6, snapshot.To);
        Assert.EndsWith("hello ", Encoding.UTF8.GetString(snapshot.Bytes.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_output_begins_at_a_place_where_a_terminal_can_with_the_modes_of_that_place()
    {
        var (ring, modes) = Write("\e[?2004h\e]0;x\a", 1);
        // Lines that end in another mode than they began with; cut anywhere else they would be another picture.
        var line = Encoding.UTF8.GetBytes("\e[?1049h€€€€€\e[1;31m" + new string('x', 100) + "\e[?1049l\e[m\r\n");
        for (var i = 0; i < 3000; i++)
            Append(ring, modes, line);

        var snapshot = SnapshotTaker.Take(ring, modes, int.MaxValue);
        var text = Encoding.UTF8.GetString(snapshot.Bytes.Span);

        Assert.InRange(snapshot.From, ring.Start, ring.Start + Ring / 2);
        Assert.Equal(ring.End, snapshot.To);
        Assert.DoesNotContain('\ufffd', text);
        var terminal = new TerminalModes();
        terminal.Feed(snapshot.Bytes.Span, 0);
        Assert.Equal(modes.State, terminal.State);
        Assert.Equal("x", terminal.Title);
    }

    [Fact]
    public void Less_can_be_asked_for()
    {
        var (ring, modes) = Write("0123456789\r\n", 5000);

        var snapshot = SnapshotTaker.Take(ring, modes, 20_000);

        Assert.InRange(snapshot.To - snapshot.From, 1, 20_000);
        Assert.Equal(ring.End, snapshot.To);
    }

    [Fact]
    public void In_the_middle_of_a_text_longer_than_the_ring_only_the_modes_are_shown()
    {
        var (ring, modes) = Write("\e[?2004h\eP1q", 1);
        for (var i = 0; i < 100; i++)
            Append(ring, modes, new byte[10_000]);

        var snapshot = SnapshotTaker.Take(ring, modes, int.MaxValue);

        Assert.Equal((ring.End, ring.End), (snapshot.From, snapshot.To));
        var text = Encoding.UTF8.GetString(snapshot.Bytes.Span);
        Assert.Contains("\e[?2004h", text, StringComparison.Ordinal);
        Assert.EndsWith("\eX", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Wherever_it_is_cut_the_rest_leads_to_the_same_modes() => Prop.ForAll(Streams.Hostile(), Streams.Hostile(), (first, second) =>
    {
        var (ring, modes) = Write("x", 1);
        while (ring.End < 3 * Ring)
            Append(ring, modes, [.. first, .. "0123456789abcdef"u8]);
        var snapshot = SnapshotTaker.Take(ring, modes, int.MaxValue);
        Append(ring, modes, second);

        var rest = new byte[ring.End - snapshot.To];
        Assert.Equal(rest.Length, ring.Read(snapshot.To, rest));
        var terminal = new TerminalModes();
        terminal.Feed(snapshot.Bytes.Span, 0);
        terminal.Feed(rest, 0);
        // The last title may be older than the first byte; whether it is there is another test's.
        Assert.Equal(modes.State, terminal.State);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task Snapshots_of_a_terminal_that_writes_and_writes_are_whole()
    {
        await using var host = new TerminalHost();
        var terminal = host.Start(host.Order("sh", "-c", "while :; do printf '\\033[31m€€€€€€€€€€€€\\033[m\\033[6n\\n'; done") with { ScrollbackBytes = Ring, Hold = TimeSpan.Zero });
        await terminal.Output.WaitAsync(Ring, CancellationToken.None).AsTask().Soon();

        for (var i = 0; i < 100; i++)
        {
            var text = Encoding.UTF8.GetString(terminal.TakeSnapshot().Bytes.Span);
            Assert.DoesNotContain('\ufffd', text);
            Assert.DoesNotContain("\e[6n", text, StringComparison.Ordinal);
        }
    }

    private static (OutputRing Ring, TerminalModes Modes) Write(string text, int times)
    {
        var (ring, modes) = (new OutputRing(Ring), new TerminalModes());
        for (var i = 0; i < times; i++)
            Append(ring, modes, Encoding.UTF8.GetBytes(text));
        return (ring, modes);
    }

    private static void Append(OutputRing ring, TerminalModes modes, ReadOnlySpan<byte> bytes)
    {
        ring.Append(bytes);
        modes.Feed(bytes, ring.Start);
    }
}
