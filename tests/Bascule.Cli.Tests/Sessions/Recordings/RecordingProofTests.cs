using System.Text;
using Bascule.Terminal;

namespace Bascule.Cli.Tests;

/// <summary>What <c>bascule session recording --verify</c> says of a file, which is no more than the file can prove.</summary>
public sealed class RecordingProofTests : IDisposable
{
    private const string Header = "{\"version\":3,\"term\":{\"cols\":80,\"rows\":24},\"timestamp\":1}\n";

    private readonly Terminal _terminal = new();

    public void Dispose() => _terminal.Dispose();

    [Fact]
    public async Task Of_a_whole_chain_it_is_said_what_it_proves_and_how_to_know_more()
    {
        var text = Chained(out var digest);

        var ran = await VerifyAsync(text);

        Assert.Equal(
            (0, $"The hash chain of x.cast is whole to its end ({text.Length} bytes), and its digest is {digest}. "
                + "It is as it was recorded if `bascule session show` or the audit log has the same digest; of a deleted session they have none.\n", ""),
            (ran.Code, ran.Standard, ran.Error));
    }

    [Fact]
    public async Task What_was_changed_or_cut_is_no_longer_proved()
    {
        var text = Chained(out _);

        var changed = await VerifyAsync(text.Replace("hi", "ho", StringComparison.Ordinal));
        var cut = await VerifyAsync(text[..text.IndexOf('#')]);

        Assert.Equal((1, "x.cast was changed: the link on line 3 does not fit what stands before it. Its first 0 bytes fit their chain.\n"), (changed.Code, changed.Error));
        Assert.Equal(1, cut.Code);
        Assert.StartsWith("x.cast is not proved to its end: its first 0 bytes fit their chain, whose end is missing. It was cut, ", cut.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0\u0001ELF\n\n")]
    [InlineData("no line end")]
    [InlineData("[3]\n")]
    [InlineData("{}\n")]
    [InlineData("{\"version\":\"3\"}\n")]
    [InlineData("{\"version\":2}\n[0.1,\"o\",\"x\"]\n")]
    public async Task What_does_not_begin_as_one_is_no_recording(string text)
    {
        var ran = await VerifyAsync(text);

        Assert.Equal((1, "x.cast is no recording: it does not begin with the header of asciicast v3.\n"), (ran.Code, ran.Error));
    }

    [Fact]
    public async Task A_device_is_no_recording_and_an_empty_name_is_no_file()
    {
        var device = await _terminal.RunAsync("session", "recording", "--verify", "/dev/null");
        var empty = await _terminal.RunAsync("session", "recording", "--verify", "");

        Assert.Equal((1, "/dev/null is no recording: it does not begin with the header of asciicast v3.\n"), (device.Code, device.Error));
        Assert.Equal((64, "--verify is empty: name a file behind it.\nSee: bascule session recording --help\n"), (empty.Code, empty.Error));
    }

    [Fact]
    public async Task A_file_that_is_not_there_cannot_be_read()
    {
        var ran = await _terminal.RunAsync("session", "recording", "--verify", "none.cast");

        Assert.Equal(1, ran.Code);
        Assert.StartsWith("none.cast cannot be read: ", ran.Error, StringComparison.Ordinal);
    }

    private Task<Ran> VerifyAsync(string text) => _terminal.With("x.cast", text).RunAsync("session", "recording", "--verify", "x.cast");

    private static string Chained(out string digest)
    {
        using var chain = new CastChain();
        const string lines = Header + "[0.1,\"o\",\"hi\"]\n";
        foreach (var line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            chain.Add(Encoding.UTF8.GetBytes(line + "\n"));
        var end = chain.Link(isEnd: true);
        digest = chain.Digest;
        return lines + end;
    }
}
