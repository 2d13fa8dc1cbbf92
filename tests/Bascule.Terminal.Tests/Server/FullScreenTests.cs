using System.Text;

namespace Bascule.Terminal.Tests;

/// <summary>A full-screen program is left while connections are cut and made: wherever that is, everybody sees the shell's screen again.</summary>
public sealed class FullScreenTests : IDisposable
{
    private const int Ring = 64 << 10;

    /// <summary>As vim enters, draws and leaves, between two prompts.</summary>
    private const string Entered = "\e]0;shell — ü\areadü> vim text\r\n\e[?1049h\e[22;0;0t\e[>4;2m\e[?1h\e=\e[?2004h\e[1;24r\e[?12h\e[?12l\e[22;2t\e[22;1t\e[27m\e[m\e[H\e[2J\e[?25l\e[24;1H\"text\" 2L, 9B\e[1;1H";

    private const string Drawn = "größe €\r\n\e[94m~                                         \e[3;1H~\e[m\e[24;63H1,1\e[11CAll\e[1;1H\e[?25h\eP+q436f\e\\\e[c\e[24;1H\e[K\e[24;1H:wq\r\e[?2004l";

    private const string Left = "\e[>4;m\"text\" 2L, 9B written\e[23;2t\e[23;1t\r\r\n\e[39;49m\e[?1l\e>\e[?1049l\e[23;0;0t\e[?25h\e[>4;m\e]0;shell — ü\areadü> ";

    private static readonly byte[] Whole = Encoding.UTF8.GetBytes(Entered + Drawn + Left);

    private readonly string _folder = Directory.CreateTempSubdirectory("bascule-screen-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_snapshot_at_any_byte_and_the_rest_show_what_the_whole_shows()
    {
        var random = new Random(6);
        var expected = GlassScreen.Of(Whole);
        Assert.Equal((false, "readü> vim text\nreadü>"), (expected.IsAlternate, expected.Text));
        for (var at = 0; at <= Whole.Length; at++)
        {
            var (ring, modes) = (new OutputRing(Ring), new TerminalModes());
            Append(ring, modes, Whole.AsSpan(0, at), random);
            var seen = SnapshotAndRest(ring, modes, Whole.AsSpan(at), random);
            Assert.True(expected.Picture == seen.Picture, $"cut at {at}:\n{seen.Picture}");
        }
    }

    [Fact]
    public void Who_comes_after_the_entering_was_let_go_sees_the_leaving()
    {
        var random = new Random(7);
        var much = Encoding.UTF8.GetBytes(Entered + string.Concat(Enumerable.Range(1, 3 * Ring / Drawn.Length).Select(n => Drawn + $"\e[{n % 20};5Hvim €{n}")));
        var left = Encoding.UTF8.GetBytes(Left);
        for (var at = 0; at <= left.Length; at++)
        {
            var (ring, modes) = (new OutputRing(Ring), new TerminalModes());
            Append(ring, modes, much, random);
            Append(ring, modes, left.AsSpan(0, at), random);
            var seen = SnapshotAndRest(ring, modes, left.AsSpan(at), random);

            // What stood there before vim is gone with the old output; nothing of vim is in its place.
            Assert.False(seen.IsAlternate);
            Assert.Equal("readü>", seen.Text);
        }
    }

    [Fact]
    public async Task Cut_at_any_byte_around_the_leaving_everybody_sees_the_same()
    {
        await using var host = await TestHost.StartAsync();
        var file = Path.Combine(_folder, "stream");
        await File.WriteAllBytesAsync(file, Whole, TestContext.Current.CancellationToken);
        var (random, expected) = (new Random(8), GlassScreen.Of(Whole));
        var leaving = Whole.AsSpan().IndexOf("\e[?1049l"u8);
        for (var at = leaving - 24; at <= leaving + 24; at++)
        {
            var id = host.Start($"stty raw -echo; head -c {at} {file}; head -c 1 >/dev/null; tail -c +{at + 1} {file}; exec cat");
            var (has, incarnation) = await TakeAsync(host, id, at);
            has = has[..random.Next(at + 1)];

            await using var again = await host.AttachAsync(id, "writer");
            await again.HelloAsync(from: has.Length, incarnation);
            await using var late = await host.AttachAsync(id, "viewer");
            await late.HelloAsync(role: "read");
            await again.TypeAsync("x");

            Assert.Equal(expected.Picture, (await FollowAsync(again, GlassScreen.Of(has))).Picture);
            Assert.Equal(expected.Picture, (await FollowAsync(late, new GlassScreen())).Picture);
        }
    }

    /// <summary>So many bytes over a connection that is cut then.</summary>
    private static async Task<(byte[] Output, string Incarnation)> TakeAsync(TestHost host, string id, int bytes)
    {
        await using var client = await host.AttachAsync(id, "writer");
        var incarnation = (string)(await client.HelloAsync())["incarnation"]!;
        var seen = new MemoryStream();
        while (seen.Length < bytes)
            seen.Write((await client.NextAsync(TermChannel.Output)).Bytes);
        client.Cut();
        return (seen.ToArray(), incarnation);
    }

    private static async Task<GlassScreen> FollowAsync(TermClient client, GlassScreen screen)
    {
        var afterSnapshot = 0L;
        while (client.Position < Whole.Length)
        {
            var frame = await client.ReceiveAsync();
            Assert.NotNull(frame);
            if (frame.Channel == TermChannel.Output)
                screen.Write(frame.Bytes);
            else if (frame.Channel == TermChannel.Replay)
                screen.Write(frame.Bytes.AsSpan(1));
            else if (frame.Channel == TermChannel.Snapshot && (long?)frame.Json["offset"] is { } offset)
                afterSnapshot = offset;
            else if (frame.Channel == TermChannel.Snapshot)
                client.Position = afterSnapshot;
        }

        return screen;
    }

    private static GlassScreen SnapshotAndRest(OutputRing ring, TerminalModes modes, ReadOnlySpan<byte> rest, Random random)
    {
        var snapshot = SnapshotTaker.Take(ring, modes, int.MaxValue);
        Append(ring, modes, rest, random);
        var after = new byte[ring.End - snapshot.To];
        Assert.Equal(after.Length, ring.Read(snapshot.To, after));
        var seen = GlassScreen.Of(snapshot.Bytes.Span);
        seen.Write(after);
        return seen;
    }

    /// <summary>In pieces of any size, as a terminal gives them.</summary>
    private static void Append(OutputRing ring, TerminalModes modes, ReadOnlySpan<byte> output, Random random)
    {
        while (!output.IsEmpty)
        {
            var piece = output[..Math.Min(output.Length, 1 << random.Next(13))];
            ring.Append(piece);
            modes.Feed(piece, ring.Start);
            output = output[piece.Length..];
        }
    }
}
