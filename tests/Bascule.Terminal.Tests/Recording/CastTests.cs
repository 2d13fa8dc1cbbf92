using System.Text;

namespace Bascule.Terminal.Tests;

/// <summary>Recordings as files: their shape, and what a change to them shows.</summary>
public sealed class CastTests
{
    private static readonly CastHeader Header = new(3, new CastTerm(80, 24, "xterm-256color"), 1_893_456_000, "bash -l");

    [Fact]
    public void A_recording_is_an_asciicast_of_version_3()
    {
        using var file = new MemoryStream();
        using (var cast = new CastWriter(file, Header))
        {
            cast.Event(TimeSpan.FromSeconds(1.5), 'o', "a\u001b[1m\"ä\"\r\n"u8);
            cast.Event(TimeSpan.FromSeconds(2), 'r', "120x40"u8);
            cast.Event(TimeSpan.FromSeconds(1), 'x', "0"u8);
            cast.Finish();
        }

        var lines = Encoding.UTF8.GetString(file.ToArray()).Split('\n');
        Assert.Equal("""{"version":3,"term":{"cols":80,"rows":24,"type":"xterm-256color"},"timestamp":1893456000,"command":"bash -l"}""", lines[0]);
        Assert.Equal("""[1.500000,"o","a\u001b[1m\"ä\"\r\n"]""", lines[1], ignoreCase: true);
        Assert.Equal("""[0.500000,"r","120x40"]""", lines[2]);
        // Intervals are never negative, whoever is late.
        Assert.Equal("""[0.000000,"x","0"]""", lines[3]);
        Assert.StartsWith("# bascule-chain 1 ", lines[4], StringComparison.Ordinal);
    }

    [Fact]
    public void Every_changed_byte_of_a_recording_shows()
    {
        var whole = Make(events: 40);
        Assert.Equal(CastVerdict.Whole, Verify(whole).Verdict);

        for (var at = 0; at < whole.Length; at += 7)
        {
            var changed = (byte[])whole.Clone();
            changed[at] ^= 1;

            Assert.NotEqual(CastVerdict.Whole, Verify(changed).Verdict);
        }
    }

    [Fact]
    public void A_recording_of_several_mebibytes_has_links_and_what_is_cut_off_or_added_shows()
    {
        var whole = Make(events: 40_000);
        Assert.True(whole.Length > 4 << 20);
        Assert.True(Encoding.UTF8.GetString(whole).Split("# bascule-chain ").Length > 4);
        var proof = Verify(whole);
        Assert.Equal((CastVerdict.Whole, whole.Length), (proof.Verdict, proof.ProvedBytes));

        var cut = Verify(whole[..^100_000]);
        Assert.Equal(CastVerdict.Open, cut.Verdict);
        Assert.InRange(cut.ProvedBytes, whole.Length - 100_000 - (2 << 20), whole.Length - 100_000);
        Assert.Equal(CastVerdict.Broken, Verify([.. whole, .. "[0.1,\"o\",\"x\"]\n"u8]).Verdict);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}\n")]
    [InlineData("{\"version\":2,\"width\":80,\"height\":24}\n")]
    [InlineData("{\"version\":3,\"term\":{\"cols\":80,\"rows\":24},\"timestamp\":0}\n[1,\"o\"]\n")]
    [InlineData("{\"version\":3,\"term\":{\"cols\":80,\"rows\":24},\"timestamp\":0}\n[-1,\"o\",\"x\"]\n")]
    [InlineData("{\"version\":3,\"term\":{\"cols\":80,\"rows\":24},\"timestamp\":0}\n[1,\"q\",\"x\"]\n")]
    [InlineData("{\"version\":3,\"term\":{\"cols\":80,\"rows\":24},\"timestamp\":0}\n[1,\"o\",\"x\"")]
    [InlineData("{\"version\":3,\"term\":{\"cols\":80,\"rows\":24},\"timestamp\":0}\nnot json\n")]
    public void What_is_no_asciicast_is_not_taken_for_one(string text)
    {
        using var file = new MemoryStream(Encoding.UTF8.GetBytes(text));

        Assert.Throws<FormatException>(() => CastReader.Read(file));
    }

    private static byte[] Make(int events)
    {
        using var file = new MemoryStream();
        using var cast = new CastWriter(file, Header);
        var line = Encoding.ASCII.GetBytes(new string('x', 100));
        for (var i = 0; i < events; i++)
            cast.Event(TimeSpan.FromMilliseconds(i), 'o', line);
        cast.Finish();
        return file.ToArray();
    }

    private static CastProof Verify(byte[] recording)
    {
        using var file = new MemoryStream(recording);
        return CastVerifier.Verify(file);
    }
}
