using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Bascule.Protocol;
using Bascule.Testing;

namespace Bascule.Diagnostics.Tests;

/// <summary>What is said of something that stands between: good ones pass, and each thing that one can do wrong is seen.</summary>
public sealed partial class ThroughRunTests
{
    private const byte Ping = 0x89;
    private const byte Close = 0x88;

    private static readonly PeerClock Clock = new(WorkingTime.Shared, PeerClock.DefaultStepLimit);

    /// <summary>For cases in which something never comes.</summary>
    private static readonly PeerClock Short = new(WorkingTime.Shared, TimeSpan.FromSeconds(1));

    [Fact]
    public async Task What_passes_every_byte_fails_no_case()
    {
        var report = await RunAsync(Clock, backend => new Forwarder(backend, Passing), ThroughCases.All.Select(c => c.Id));

        Assert.Equal([], report.Results.Where(r => r.Outcome is not (Outcome.Passed or Outcome.Lenient)).Select(r => $"{r.Outcome} {r.Case.Id}: {r.Seen}"));
        Assert.Equal(ThroughCases.All.Count, report.Results.Count);
        Assert.True(report.IsGood);
    }

    [Fact]
    public void Every_case_has_its_own_id() =>
        Assert.Equal([], ThroughCases.All.GroupBy(c => c.Id).Where(same => same.Count() > 1).Select(same => same.Key));

    [Fact]
    public async Task A_ping_that_gets_lost_is_seen()
    {
        await FailsAsync("ping-up", Lose(isUp: true, Ping), "reached nobody");
        await FailsAsync("ping-down", Lose(isUp: false, Ping), "reached nobody");
    }

    [Fact]
    public async Task A_ping_that_is_answered_on_the_way_is_told()
    {
        var result = await PlayAsync("ping-down", backend => new Forwarder(backend, Lose(isUp: false, Ping)) { AnswersPings = true });
        Assert.Equal((Outcome.Lenient, "answered on the way"), (result.Outcome, result.Seen));
    }

    [Fact]
    public async Task A_close_that_gets_lost_is_seen()
    {
        await FailsAsync("close-empty-down", Lose(isUp: false, Close), "the client saw");
        await FailsAsync("close-codes-up", Lose(isUp: true, Close), "1000: the back end saw");
    }

    [Fact]
    public async Task A_close_code_that_changes_is_seen() =>
        await FailsAsync("close-codes-later-down", (isUp, piece) => [!isUp && piece[0] == Close ? [.. piece[..3], 0xF3, .. piece[4..]] : piece], "1012: the client got close 1011");

    [Fact]
    public async Task A_reason_that_is_cut_is_seen() =>
        await FailsAsync("close-reason-full-down", (isUp, piece) => [!isUp && piece is [Close, > 20, ..] ? [Close, 5, .. piece[2..7]] : piece], "the client got close 4321 \"a\u00E9");

    [Fact]
    public async Task A_byte_that_changes_is_seen() =>
        await FailsAsync("data-lengths-down", (isUp, piece) => [!isUp && piece is [0x82, > 100, ..] ? [.. piece[..^1], (byte)~piece[^1]] : piece], "the same up to byte 124");

    [Fact]
    public async Task A_mask_that_is_taken_off_is_seen() =>
        await FailsAsync("data-lengths-up", (isUp, piece) => [isUp && piece is [0x81, 0x81, ..] ? [0x81, 1, (byte)(piece[6] ^ piece[2])] : piece], "without a mask");

    [Fact]
    public async Task Frames_that_are_joined_are_told()
    {
        var result = await PlayAsync("data-fragments-down", backend => new Forwarder(backend, new WholeFrames(joins: true).Carry));
        Assert.Equal((Outcome.Lenient, "it arrived in 1 frames"), (result.Outcome, result.Seen));
    }

    [Fact]
    public async Task Bytes_that_are_held_back_are_counted()
    {
        var result = await PlayAsync("data-partial-down", backend => new Forwarder(backend, new WholeFrames(joins: false).Carry));
        Assert.Equal((Outcome.Lenient, "held back up to 600,010 bytes"), (result.Outcome, result.Seen));
    }

    [Fact]
    public async Task A_death_that_nobody_is_told_of_is_seen()
    {
        foreach (var id in (string[])["backend-ends", "client-ends", "close-ends-down"])
        {
            var result = await PlayAsync(id, backend => new Forwarder(backend, Passing) { PassesEnds = false });
            Assert.Equal((id, Outcome.Failed), (id, result.Outcome));
        }
    }

    [Fact]
    public async Task Something_that_takes_all_for_a_reader_that_sleeps_is_told()
    {
        var result = await PlayAsync("burst-down", backend => new Forwarder(backend, Passing) { TakesAll = true });
        Assert.Equal((Outcome.Lenient, "all 16,384 KiB were taken; all arrived"), (result.Outcome, result.Seen));
    }

    [Fact]
    public async Task A_wrong_proof_that_is_mended_on_the_way_is_seen()
    {
        var accept = "";
        await FailsAsync("bad-accept", Mend, "covered up");

        IEnumerable<byte[]> Mend(bool isUp, byte[] piece)
        {
            var text = Encoding.Latin1.GetString(piece);
            if (isUp && Key().Match(text) is { Success: true } key)
                accept = AcceptKey.Compute(key.Groups["key"].Value);
            return [isUp ? piece : Encoding.Latin1.GetBytes(Proof().Replace(text, $"Sec-WebSocket-Accept: {accept}"))];
        }
    }

    [Fact]
    public async Task A_changed_query_and_a_lost_field_are_seen()
    {
        await FailsAsync("request-query", Replace("a=1&a=2", "a=2"), "arrived as /?a=2");
        await FailsAsync("request-subprotocols", Replace("chat.v2, ", ""), "Sec-WebSocket-Protocol: chat.v1, raw");
        await FailsAsync("answer-subprotocol", Replace("Sec-WebSocket-Protocol: chat.v1\r\n", ""), "did not arrive");
    }

    [Fact]
    public async Task Nothing_that_comes_through_is_told_once()
    {
        var listen = OwnAddress.Next();
        await using var elsewhere = new Forwarder(OwnAddress.Next, Passing);
        var run = new ThroughRun(new ConformTarget(elsewhere.Url, [], AnyCertificate: false), listen, Short);
        var fault = await Assert.ThrowsAsync<CaseBrokenException>(() => run.RunAsync(new HashSet<string> { "ping-up" }, null, TestContext.Current.CancellationToken));
        Assert.Contains($"no upgrade came to http://{listen}", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_taken_is_told()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var run = new ThroughRun(new ConformTarget(new Uri("ws://127.0.0.1/"), [], AnyCertificate: false), (IPEndPoint)taken.LocalEndPoint!, Short);
        var fault = await Assert.ThrowsAsync<CaseBrokenException>(() => run.RunAsync(new HashSet<string>(), null, TestContext.Current.CancellationToken));
        Assert.Contains("Nobody can listen at", fault.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<byte[]> Passing(bool isUp, byte[] piece) => [piece];

    private static Carriage Lose(bool isUp, byte first) => (up, piece) => up == isUp && piece[0] == first ? [] : [piece];

    private static Carriage Replace(string from, string to) => (_, piece) => [Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(piece).Replace(from, to, StringComparison.Ordinal))];

    private static async Task FailsAsync(string id, Carriage carriage, string seen)
    {
        var result = await PlayAsync(id, backend => new Forwarder(backend, carriage));
        Assert.Equal(Outcome.Failed, result.Outcome);
        Assert.Contains(seen, result.Seen, StringComparison.Ordinal);
    }

    private static async Task<CaseResult> PlayAsync(string id, Func<Func<IPEndPoint>, Forwarder> between)
    {
        var report = await RunAsync(Short, between, id);
        return Assert.Single(report.Results);
    }

    private static async Task<ConformReport> RunAsync(PeerClock clock, Func<Func<IPEndPoint>, Forwarder> between, params IEnumerable<string> cases)
    {
        // What stands between is told where its back end is before that listens.
        var listen = OwnAddress.Next();
        await using var forwarder = between(() => listen);
        var run = new ThroughRun(new ConformTarget(forwarder.Url, [], AnyCertificate: false), listen, clock);
        return await run.RunAsync(cases.ToHashSet(StringComparer.Ordinal), null, TestContext.Current.CancellationToken);
    }

    [GeneratedRegex("Sec-WebSocket-Key: (?<key>\\S+)")]
    private static partial Regex Key();

    [GeneratedRegex("Sec-WebSocket-Accept: \\S+")]
    private static partial Regex Proof();
}
