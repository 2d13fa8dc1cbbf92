using System.Text.RegularExpressions;
using Bascule.System.Tests;
using Bascule.Testing;

namespace Bascule.Diagnostics.Tests;

/// <summary>Reports: what may be expected of them, what a second URL adds, what an interruption leaves, and the catalogue behind them.</summary>
public sealed class ReportTests
{
    [Theory]
    [InlineData("status=101,websocket,pong,echo,clean,close=1000,server=small", null)]
    [InlineData("status=403", "101")]
    [InlineData("subprotocol=chat", "none")]
    [InlineData("extension=permessage-deflate", "none")]
    [InlineData("http2", "no WebSocket over HTTP/2")]
    [InlineData("close=4401", "1000")]
    public async Task What_is_expected_is_compared(string text, string? instead)
    {
        await using var server = SmallServer.Start(asked => asked.IsUpgrade ? asked.EchoAsync(asked.Accept().With("Server", "small")) : asked.AnswerAsync("200 OK"));
        Assert.Null(ProbeExpectation.Read(text, out var expectations));

        var report = await server.ProbeAsync();

        Assert.Equal(instead, expectations.Select(e => e.FaultIn(report)).FirstOrDefault(f => f is not null));
    }

    [Fact]
    public async Task What_is_expected_fails_by_name_against_a_refusal()
    {
        await using var server = SmallServer.Start(asked => asked.AnswerAsync("404 Not Found"));
        Assert.Null(ProbeExpectation.Read("websocket,pong,echo,clean,status=404,server=x", out var expectations));

        var report = await server.ProbeAsync();

        Assert.Equal(["no WebSocket", "no pong", "no echo", report.Verdicts[0].Headline, null, "none"], expectations.Select(e => e.FaultIn(report)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("status")]
    [InlineData("status=ok")]
    [InlineData("echo=1")]
    [InlineData("subprotocol=")]
    [InlineData("nothing")]
    public void What_cannot_be_expected_is_told_with_what_can(string text) =>
        Assert.Contains("subprotocol=NAME", ProbeExpectation.Read(text, out _), StringComparison.Ordinal);

    [Fact]
    public async Task Two_good_ways_are_no_finding()
    {
        await using var front = SmallServer.Healthy();
        await using var back = SmallServer.Healthy();

        var report = await front.ProbeAsync(options: o => o with { Direct = new ProbeTarget(back.Url()) });

        report.AssertGood();
        report.Direct!.AssertGood();
    }

    [Fact]
    public async Task A_direct_way_that_is_closed_is_only_a_note()
    {
        await using var front = SmallServer.Healthy();
        await using var back = SmallServer.Start(asked => asked.AnswerAsync("401 Unauthorized"));

        var report = await front.ProbeAsync(options: o => o with { Direct = new ProbeTarget(back.Url()) });

        Assert.Equal(Severity.Info, report.AssertFirst("PROBE-DIRECT-ONLY", "Only the direct way fails").Severity);
    }

    [Fact]
    public async Task An_interrupted_probe_reports_what_it_has()
    {
        using var interruption = new CancellationTokenSource();
        await using var server = SmallServer.Start(async asked =>
        {
            await interruption.CancelAsync();
            await asked.Peer.ReadToEndAsync(answerClose: false, asked.Stop);
        });

        var options = new ProbeOptions(new PeerClock(WorkingTime.Shared, TimeSpan.FromSeconds(20)));
        var report = await new ProbeRun(new ProbeTarget(server.Url()), options).RunAsync(null, interruption.Token);

        Assert.True(report.WasInterrupted);
        Assert.Equal(StepResult.Ok, report.Step("tcp").Result);
    }

    [Theory]
    [InlineData("wss://user:secret@host/ws?token=abcdef&x=1", "wss://host/ws?token=***&x=***")]
    [InlineData("ws://host:8080/ws", "ws://host:8080/ws")]
    [InlineData("ws://host/ws?abcdef", "ws://host/ws?***")]
    public void A_URL_is_shown_without_what_may_be_secret(string url, string shown) => Assert.Equal(shown, new ProbeTarget(new Uri(url)).Shown);

    [Fact]
    public void The_catalogue_is_whole_and_its_facts_are_weighed()
    {
        var catalogue = PlatformCatalogue.Embedded;

        Assert.Equal(catalogue.Facts.Count, catalogue.Facts.Select(f => f.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.All(catalogue.Durations.SelectMany(d => d.Facts), id => Assert.NotEmpty(catalogue[id].Fact));
        Assert.Throws<KeyNotFoundException>(() => catalogue["no-such-fact"]);
        Assert.Equal(Severity.Warning, Severity.Error.Limit([catalogue["gcp-run-iam-403"]]));
        Assert.Equal(Severity.Error, Severity.Error.Limit([catalogue["gcp-run-iam-403"], catalogue["nginx-read-timeout"]]));
        Assert.Equal(60, catalogue.EndingAfter(61, "idle").First().Seconds);
        Assert.Contains("not looked up", PlatformCatalogue.SourceOf([catalogue["gcp-run-iam-403"]]), StringComparison.Ordinal);
        Assert.DoesNotContain("gcp-run-iam-403", PlatformCatalogue.SourceOf([catalogue["gcp-run-iam-403"]]), StringComparison.Ordinal);
        var fact = catalogue["nginx-http10-lenient"];
        Assert.Equal($"{fact.Source} (second-hand); measured (nginx-http10-lenient)", PlatformCatalogue.SourceOf([fact with { Evidence = EvidenceLevel.Quoted }, fact, fact with { Evidence = EvidenceLevel.Community }]));
    }

    [Fact]
    public void Every_rule_stands_in_the_documentation()
    {
        var documented = File.ReadAllText(Path.Combine(Repository.Root, "docs", "probe.md"));

        Assert.All(RulesIn("src", "Bascule.Diagnostics", "Probing"), rule => Assert.Contains($"`{rule}`", documented, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_rule_is_produced_by_a_test()
    {
        var rules = RulesIn("src", "Bascule.Diagnostics", "Probing");

        Assert.True(rules.Count > 60, $"{rules.Count}");
        Assert.Empty(rules.Except(RulesIn("tests", "Bascule.Diagnostics.Tests", "Probing").Concat(RulesIn("tests", "Bascule.Diagnostics.Tests", "Cases"))));
    }

    [Fact]
    public async Task Nothing_that_a_server_says_makes_a_probe_fail()
    {
        var random = new Random(7);
        for (var round = 0; round < 60; round++)
        {
            var bytes = new byte[random.Next(0, 300)];
            random.NextBytes(bytes);
            var text = random.Next(3) == 0 ? $"HTTP/1.1 {random.Next(100, 999)} x\r\nServer: {new string('a', random.Next(5000))}\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n" : "";
            await using var server = SmallServer.Start(async asked =>
            {
                await asked.SendAsync(asked.IsUpgrade && round % 4 == 0 ? Latin(asked.Accept()) : text);
                await asked.Peer.SendAsync(bytes, asked.Stop);
            });

            var report = await server.ProbeAsync(options: o => o with { Clock = o.Clock with { StepLimit = TimeSpan.FromMilliseconds(300) }, EchoPatience = TimeSpan.FromMilliseconds(100) });

            Assert.NotEmpty(report.Steps);
        }

        static string Latin(HeadText head) => global::System.Text.Encoding.Latin1.GetString(head.ToBytes());
    }

    /// <summary>The rules whose names stand in the sources of a folder.</summary>
    private static HashSet<string> RulesIn(params string[] folder) => [.. Directory.EnumerateFiles(Path.Combine([Repository.Root, .. folder]), "*.cs", SearchOption.AllDirectories)
        .SelectMany(file => Regex.Matches(File.ReadAllText(file), "\"(PROBE-[A-Z0-9-]+)\"")).Select(m => m.Groups[1].Value)];
}
