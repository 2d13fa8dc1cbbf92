using System.Text.Json;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>Every row of the catalogue is brought about from outside, and says the same everywhere: to the client, in the log, in the metrics, in the explanation.</summary>
public sealed class CatalogueTests
{
    public static TheoryData<string, Listener> Rows => [.. EndReasons.All.SelectMany(r => Enum.GetValues<Listener>(), (r, listener) => (r.Label, listener))];

    /// <summary>Every way of refusing, for every reason that an attempt can be refused with.</summary>
    public static TheoryData<string, RefusalMode, bool> Refusals
    {
        get
        {
            var rows = new TheoryData<string, RefusalMode, bool>();
            foreach (var scenario in Scenario.All.Values.Where(s => s.Told is Told.ByHttp or Told.ByMode or Told.ByDefaultMode))
            {
                rows.Add(scenario.Reason.Label, RefusalMode.Auto, true);
                rows.Add(scenario.Reason.Label, RefusalMode.Http, true);
                rows.Add(scenario.Reason.Label, RefusalMode.Close, false);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Every_reason_is_told_logged_counted_and_explained(string label, Listener listener)
    {
        Assert.True(Scenario.All.ContainsKey(label), $"No scenario brings {label} about: add one, so that it is known to be reachable.");
        await DriveAsync(Scenario.All[label], new Manner(RefusalMode.Auto, Browser: false, listener));
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public Task Every_refusal_is_told_in_the_way_that_the_client_can_see(string label, RefusalMode mode, bool browser) =>
        DriveAsync(Scenario.All[label], new Manner(mode, browser));

    private static async Task DriveAsync(Scenario scenario, Manner manner)
    {
        await using var run = new ScenarioRun(manner);
        await scenario.DriveAsync(run);
        var logged = await run.Gateway.Log.EndOfAsync(run.Attempt);

        CheckTold(scenario, manner, run);
        Assert.Equal(scenario.Reason.Label, logged.Field("Reason"));
        Assert.Single(run.Gateway.Log.EndsOf(run.Attempt));
        await CheckCountedAsync(scenario, run);
        await CheckExplainedAsync(scenario, run);
    }

    private static void CheckTold(Scenario scenario, Manner manner, ScenarioRun run)
    {
        var reason = scenario.Reason;
        if (scenario.Told == Told.NotAtAll)
        {
            Assert.Null(run.Answer);
            Assert.Null(run.Close);
        }
        else if (manner.TellsByClose(scenario.Told))
        {
            var facts = scenario.Facts is { } said ? $"{said}; " : "";
            Assert.Equal((reason.Code, $"{reason.Label}; {facts}retry={reason.RetryText}; attempt={run.Attempt}"), (run.Close!.CloseCode, run.Close.CloseReason));
            if (run.Answer is not null)
                Assert.Equal((101, run.Attempt), (run.Answer.Status, run.Answer.Field("X-Bascule-Attempt")));
        }
        else if (scenario.Told != Told.ByOtherSide)
            CheckProblem(reason, run);
    }

    private static void CheckProblem(EndReason reason, ScenarioRun run)
    {
        var answer = run.Answer!;
        Assert.Null(run.Close);
        Assert.Equal((reason.Status, "application/problem+json", run.Attempt), (answer.Status, answer.Field("Content-Type"), answer.Field("X-Bascule-Attempt")));
        var problem = JsonDocument.Parse(answer.Body).RootElement;
        Assert.Equal(
            (reason.Label, reason.Status, reason.Code, reason.RetryText, run.Attempt),
            (problem.GetProperty("label").GetString(), problem.GetProperty("status").GetInt32(), problem.GetProperty("code").GetInt32(),
                problem.GetProperty("retry").GetString(), problem.GetProperty("attempt").GetString()));
        Assert.Equal((reason.Text, reason.Advice), (problem.GetProperty("title").GetString(), problem.GetProperty("advice").GetString()));
        Assert.Equal(reason.RetryAfterSeconds == 0 ? null : reason.RetryAfterSeconds.ToString(), answer.Field("Retry-After"));
    }

    private static async Task CheckCountedAsync(Scenario scenario, ScenarioRun run)
    {
        var label = $"reason=\"{scenario.Reason.Label}\"";
        var counted = await run.Gateway.MetricAsync("bascule_handshakes_total", label) + await run.Gateway.MetricAsync("bascule_closes_total", label)
            + await run.Gateway.MetricAsync("bascule_http_requests_total", label);
        Assert.Equal(1, counted);
    }

    private static async Task CheckExplainedAsync(Scenario scenario, ScenarioRun run)
    {
        foreach (var document in new[] { await run.Gateway.ExplainAsync(run.Attempt), await run.Gateway.ExplainFullyAsync(run.Attempt) })
        {
            Assert.Equal((scenario.Reason.Label, scenario.Reason.RetryText), (document.Label, document.Retry));
            Assert.Contains(scenario.Reason.Text, document.Verdict, StringComparison.Ordinal);
            Assert.Equal("listen", document.Stages[0].Stage);
            Assert.Equal(run.Close?.CloseCode ?? (scenario.Told == Told.ByOtherSide ? 4999 : document.Close!.Code), document.Close!.Code);
            Assert.Contains(scenario.Reason.Text, document.ToText().ReplaceLineEndings(" "), StringComparison.Ordinal);
        }
    }
}
