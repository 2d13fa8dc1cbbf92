using System.Text;
using System.Text.Json.Nodes;

namespace Bascule.Terminal.Tests;

/// <summary>Bytes that clients are promised.</summary>
public sealed class ServerFramesTests
{
    private static readonly ExitFrame Exited = new("exited", 3, null, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddSeconds(2.5), 2.5, 8, false);

    [Fact]
    public void Output_begins_with_its_channel_and_its_offset()
    {
        var frame = new byte[ServerFrames.OutputHeaderBytes + 4];
        "hi\r\n"u8.CopyTo(frame.AsSpan(ServerFrames.OutputHeaderBytes));

        ServerFrames.WriteOutputHeader(frame, TermChannel.Output, 500);

        Assert.Equal("0100000000000001F468690D0A", Convert.ToHexString(frame));
    }

    [Fact]
    public void The_exit_has_the_shape_of_the_contract()
    {
        var frame = ServerFrames.Exit(Exited);

        Assert.Equal(TermChannel.Exit, frame[0]);
        Assert.Equal(
            """{"cause":"exited","code":3,"signal":null,"startedAt":"1970-01-01T00:00:00+00:00","endedAt":"1970-01-01T00:00:02.5+00:00","seconds":2.5,"outputBytes":8,"truncated":false}""",
            JsonNode.Parse(frame.AsSpan(1))!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    [Fact]
    public void A_notice_has_only_the_fields_that_it_needs()
    {
        var frame = ServerFrames.Notice(new NoticeFrame("idle", "soon") { Seconds = 30 });

        Assert.Equal("""{"kind":"idle","text":"soon","seconds":30}""", Encoding.UTF8.GetString(frame.AsSpan(1)));
    }

    [Theory]
    [InlineData("signalled", null, "SIGKILL", "137")]
    [InlineData("exited", 3, null, "3")]
    public void A_status_of_Kubernetes_has_the_code_of_a_shell(string cause, int? code, string? signal, string expected)
    {
        var frame = ChannelStatus.Frame(Exited with { Cause = cause, Code = code, Signal = signal });

        var status = JsonNode.Parse(frame.AsSpan(1))!;
        Assert.Equal(expected, (string)status["details"]!["causes"]![0]!["message"]!);
    }

    [Fact]
    public void A_command_that_we_ended_is_a_failure_with_its_cause()
    {
        var status = JsonNode.Parse(ChannelStatus.Frame(Exited with { Cause = "deadline", Code = null }).AsSpan(1))!;

        Assert.Equal(("Failure", "InternalError"), ((string)status["status"]!, (string)status["reason"]!));
        Assert.Contains("deadline", (string)status["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_is_whole_however_the_output_is_split()
    {
        var bytes = Encoding.UTF8.GetBytes("aä€😀z");
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var frames = new TextFrames();
            var first = Encoding.UTF8.GetString(frames.Take(bytes.AsSpan(0, cut), isLast: false));
            var second = Encoding.UTF8.GetString(frames.Take(bytes.AsSpan(cut), isLast: true));

            Assert.Equal("aä€😀z", first + second);
        }
    }

    [Fact]
    public void Half_a_character_at_the_end_is_shown_as_such() =>
        Assert.Equal("a\uFFFD", Encoding.UTF8.GetString(new TextFrames().Take([(byte)'a', 0xE2, 0x82], isLast: true)));

    [Fact]
    public void The_first_subprotocol_that_is_known_is_taken_and_a_credential_never_is()
    {
        Assert.True(TermProtocol.TryChoose(["base64url.bearer.bascule.c2VjcmV0", "chat", "v5.channel.k8s.io", "bascule.term.v1"], out var dialect, out var selected));
        Assert.Equal((TermDialect.ChannelV5, "v5.channel.k8s.io"), (dialect, selected));

        Assert.True(TermProtocol.TryChoose([], out dialect, out selected));
        Assert.Equal((TermDialect.Text, null), (dialect, selected));

        Assert.False(TermProtocol.TryChoose(["channel.k8s.io"], out _, out _));
        Assert.Equal("secret", TermProtocol.BearerOf(["base64url.bearer.bascule.c2VjcmV0", "bascule.term.v1"]));
        Assert.Null(TermProtocol.BearerOf(["base64url.bearer.bascule.***"]));
    }

    [Fact]
    public void Every_cause_has_a_label_and_is_found_by_it()
    {
        foreach (var cause in Enum.GetValues<EndCause>())
            Assert.Equal(cause, EndCauses.Of(EndCauses.LabelOf(cause)));
        Assert.Null(EndCauses.Of("boredom"));
    }

    [Fact]
    public void Signals_have_their_numbers()
    {
        Assert.Equal((9, 15, 28, 0), (SignalNames.NumberOf("SIGKILL"), SignalNames.NumberOf("SIGTERM"), SignalNames.NumberOf("SIGWINCH"), SignalNames.NumberOf("SIGNONE")));
        Assert.True(SignalNames.MaySend("SIGINT"));
        Assert.False(SignalNames.MaySend("SIGSTOP"));
    }
}
