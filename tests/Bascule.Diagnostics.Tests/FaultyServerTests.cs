using Bascule.Testing;

namespace Bascule.Diagnostics.Tests;

/// <summary>Every kind of check can fail: each is shown a server that breaks just that rule.</summary>
public sealed class FaultyServerTests
{
    // Only servers that fall silent cost it.
    private static readonly PeerClock Clock = new(WorkingTime.Shared, TimeSpan.FromSeconds(2));

    [Theory]
    [InlineData(Fault.TakesUnmasked, "framing-unmasked-text", "text \"bare text\"")]
    [InlineData(Fault.TakesUnmasked, "framing-unmasked-ping", "pong")]
    [InlineData(Fault.TakesReservedBits, "reserved-rsv1-text", "text \"reserved\"")]
    [InlineData(Fault.TakesReservedBits, "reserved-rsv3-ping", "pong")]
    [InlineData(Fault.IgnoresReservedOpcodes, "reserved-opcode-3", "silence")]
    [InlineData(Fault.TakesFragmentedControl, "control-ping-fragmented", "pong")]
    [InlineData(Fault.TakesStrayContinuation, "fragments-stray-final", "text \"one\"")]
    [InlineData(Fault.TakesAnyText, "utf8-bad-ff", "text of 1 byte")]
    [InlineData(Fault.TakesAnyText, "utf8-split-cut", "text of 8 bytes")]
    [InlineData(Fault.EchoesAnyCloseCode, "closing-bad-code-1005", "not allowed")]
    [InlineData(Fault.NeverAnswersClose, "closing-code-1000", "silence")]
    [InlineData(Fault.KeepsConnectionOpen, "closing-tcp", "silence")]
    [InlineData(Fault.SpeaksAfterClose, "closing-code-4999", "one more thing")]
    [InlineData(Fault.ChangesPongs, "control-ping-5", "differs from byte 0")]
    [InlineData(Fault.NeverPongs, "control-ping-5", "silence")]
    [InlineData(Fault.FragmentsPongs, "control-ping-5", "fragmented a control frame")]
    [InlineData(Fault.ChangesEcho, "framing-text-125", "differs from byte 100")]
    [InlineData(Fault.SwapsText, "framing-text-2", "binary")]
    [InlineData(Fault.MasksItsFrames, "framing-text-1", "masked")]
    [InlineData(Fault.WritesLongLengths, "framing-text-1", "more bytes than needed")]
    [InlineData(Fault.WrongAcceptKey, "handshake-plain", "Sec-WebSocket-Accept")]
    [InlineData(Fault.ChoosesSubprotocol, "handshake-subprotocol-none", "none was offered")]
    [InlineData(Fault.AgreesToUnknownExtension, "handshake-plain", "was not offered")]
    [InlineData(Fault.TakesAnyVersion, "handshake-version-14", "101")]
    [InlineData(Fault.NamesNoVersion, "handshake-version-14", "without Sec-WebSocket-Version")]
    [InlineData(Fault.TakesAnyMethod, "handshake-method-post", "101")]
    [InlineData(Fault.SaysNothing, "handshake-plain", "silence")]
    [InlineData(Fault.SaysNothing, "handshake-key-missing", "silence")]
    [InlineData(Fault.AgreesToAnything, "negotiation-server-bits-8", "bytes back, with a window of 256 agreed")]
    [InlineData(Fault.AgreesToAnything, "negotiation-server-bits-14", "bytes back, with a window of 16384 agreed")]
    [InlineData(Fault.AgreesToAnything, "negotiation-server-no-takeover", "into the message before")]
    [InlineData(Fault.AgreesToAnything, "negotiation-bad-server-bits-7", "101 with")]
    [InlineData(Fault.AgreesToAnything, "negotiation-malformed-no-value", "101 with")]
    [InlineData(Fault.InflatesNothing, "deflate-text-125", "cannot be inflated")]
    public async Task A_server_that_breaks_a_rule_fails_the_case_about_it(Fault fault, string id, string seen)
    {
        var result = await PlayAsync(fault, id);

        Assert.True(result.Outcome == Outcome.Failed && result.Seen.Contains(seen, StringComparison.Ordinal), $"{result.Outcome}: {result.Seen}");
        Assert.NotEmpty(result.Expected);
    }

    [Theory]
    [InlineData(Fault.TakesLongForms, "framing-long-16-5", "text \"abcde\"")]
    [InlineData(Fault.ChecksTextLate, "utf8-fast-ff", "only when the message had ended")]
    [InlineData(Fault.FailsWithAnotherCode, "framing-unmasked-text", "close 1011")]
    [InlineData(Fault.FailsWithoutClose, "framing-unmasked-text", "the end of the connection")]
    [InlineData(Fault.EchoesAnyCloseCode, "closing-bad-code-2999", "close with 2999")]
    [InlineData(Fault.ClosesWithAnotherCode, "closing-code-1000", "close 4000")]
    [InlineData(Fault.ResetsAfterClose, "closing-tcp", "reset")]
    [InlineData(Fault.AnswersLatestPing, "control-ping-10", "no pong of 6 bytes")]
    [InlineData(Fault.LimitsMessages, "framing-text-65536", "close 1009")]
    [InlineData(Fault.AnswersWith500, "handshake-key-missing", "500")]
    public async Task What_the_RFC_allows_is_lenient_and_says_what_would_be_better(Fault fault, string id, string seen)
    {
        var result = await PlayAsync(fault, id);

        Assert.True(result.Outcome == Outcome.Lenient && result.Seen.Contains(seen, StringComparison.Ordinal), $"{result.Outcome}: {result.Seen}");
        Assert.NotEmpty(result.Expected);
    }

    [Fact]
    public async Task A_strict_server_passes_everything_that_it_can_be_asked()
    {
        await using var server = RawServer.Start(Fault.None);
        // Nothing here falls silent, so a busy machine may take its time.
        var clock = new PeerClock(WorkingTime.Shared, TimeSpan.FromSeconds(20));
        var stage = await ServerProbe.LookAsync(Target(server.Url), clock, CancellationToken.None).Soon();

        var report = await new ConformRun(stage).RunAsync(ServerCases.All, null, CancellationToken.None);

        Assert.Equal([], report.Results.Where(r => r.Outcome is Outcome.Failed or Outcome.Broken).Select(r => $"{r.Outcome} {r.Case.Id} after {r.Duration}: {r.Seen}"));
        Assert.Equal([], report.Deaths);
        Assert.True(report.IsGood);
        Assert.Equal(["framing-length-top-bit", "framing-length-top-bit-all"], report.Results.Where(r => r.Outcome == Outcome.Lenient).Select(r => r.Case.Id));
        Assert.All(report.Results.Where(r => r.Outcome == Outcome.NotApplicable), r => Assert.NotEmpty(r.Seen));
        Assert.Equal(0, report.Count(Outcome.Failed) + report.Count(Outcome.Broken));
    }

    [Fact]
    public async Task Without_an_echo_the_cases_that_need_one_say_so()
    {
        await using var server = RawServer.Start(Fault.NeverEchoes);
        var stage = await ServerProbe.LookAsync(Target(server.Url), Clock, CancellationToken.None).Soon();

        var report = await new ConformRun(stage).RunAsync([.. ServerCases.All.Where(c => c.Id is "framing-text-1" or "control-ping-1" or "framing-unmasked-text")], null, CancellationToken.None);

        Assert.Equal(
            [("control-ping-1", Outcome.Passed), ("framing-text-1", Outcome.NotApplicable), ("framing-unmasked-text", Outcome.Passed)],
            report.Results.Select(r => (r.Case.Id, r.Outcome)).OrderBy(r => r.Id, StringComparer.Ordinal));
        Assert.Contains("does not echo", report.Results.Single(r => r.Outcome == Outcome.NotApplicable).Seen);
    }

    [Fact]
    public async Task A_server_that_dies_is_named_with_the_case_that_killed_it()
    {
        await using var server = RawServer.Start(Fault.DiesOfOpcode3);
        var stage = new ConformStage(Target(server.Url), Clock, ServerFacts.Unknown);
        ConformCase[] cases = [.. ServerCases.All.Where(c => c.Id is "framing-text-1" or "reserved-opcode-3" or "reserved-opcode-4")];

        var report = await new ConformRun(stage) { Parallel = 1 }.RunAsync(cases, null, CancellationToken.None).Soon();

        Assert.False(report.IsGood);
        Assert.Contains("reserved-opcode-3", Assert.Single(report.Deaths));
        Assert.Contains("did not come back", report.Deaths[0]);
        Assert.EndsWith("So 1 case was not played.", report.Deaths[0], StringComparison.Ordinal);
        Assert.Equal(Outcome.Passed, report.Results[0].Outcome);
        Assert.Equal(["framing-text-1", "reserved-opcode-3"], report.Results.Select(r => r.Case.Id));
    }

    private static ConformTarget Target(Uri url) => new(url, [], AnyCertificate: false);

    private static async Task<CaseResult> PlayAsync(Fault fault, string id)
    {
        await using var server = RawServer.Start(fault);
        var report = await new ConformRun(new ConformStage(Target(server.Url), Clock, ServerFacts.Unknown))
            .RunAsync([ServerCases.All.Single(c => c.Id == id)], null, CancellationToken.None).Soon();
        return report.Results[0];
    }
}
