using System.Net;
using Bascule.Testing;

namespace Bascule.Diagnostics.Tests;

/// <summary>Probes as the tests run them: patient with what must come, and every made-up name leads to this machine.</summary>
internal static class Probes
{
    // Nothing in these tests is silent for long unless it says so itself.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    // What does come has this long on a busy machine; and several silent steps end within the wait of a test.
    private static readonly TimeSpan Haste = TimeSpan.FromSeconds(3);

    /// <summary>Only for servers that stay silent on purpose: nothing else is waited for so briefly.</summary>
    internal static ProbeOptions Hasty(ProbeOptions options) => options with { Clock = options.Clock with { StepLimit = Haste }, EchoPatience = Haste / 3 };

    internal static Task<ProbeReport> RunAsync(Uri url, Func<ProbeTarget, ProbeTarget>? target = null, Func<ProbeOptions, ProbeOptions>? options = null)
    {
        var chosen = new ProbeOptions(new PeerClock(WorkingTime.Shared, Patience)) { EchoPatience = Patience, Resolve = static (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]) };
        var whom = new ProbeTarget(url);
        return new ProbeRun(target?.Invoke(whom) ?? whom, options?.Invoke(chosen) ?? chosen).RunAsync(null, TestContext.Current.CancellationToken).Soon();
    }

    /// <summary>The rule of the first verdict and its sentence, for messages; empty when nothing is wrong.</summary>
    internal static string First(this ProbeReport report) => report.Verdicts.Count == 0 ? "" : $"{report.Verdicts[0].RuleId}: {report.Verdicts[0].Headline}";

    internal static ProbeStep Step(this ProbeReport report, string id) => Assert.Single(report.Steps, s => s.Id == id);

    /// <summary>The first verdict is this rule, and its sentence has these words.</summary>
    internal static Verdict AssertFirst(this ProbeReport report, string ruleId, params IEnumerable<string> words)
    {
        var told = report.First() + "\n" + string.Join('\n', report.Steps.Select(s => $"{s.Result} {s.Id}: {s.Evidence}"));
        Assert.True(report.Verdicts.Count > 0 && report.Verdicts[0].RuleId == ruleId, $"expected {ruleId}, was {told}");
        foreach (var word in words)
            Assert.True(report.Verdicts[0].Headline.Contains(word, StringComparison.Ordinal), $"expected \"{word}\" in {told}");
        Assert.NotEmpty(report.Verdicts[0].Why);
        Assert.NotEmpty(report.Verdicts[0].Fix);
        Assert.NotEmpty(report.Verdicts[0].Symptom);
        return report.Verdicts[0];
    }

    internal static void AssertGood(this ProbeReport report) =>
        Assert.True(report.Verdicts.Count == 0 && report.Facts.IsWebSocket, report.First() + "\n" + string.Join('\n', report.Steps.Select(s => $"{s.Result} {s.Id}: {s.Evidence}")));
}
