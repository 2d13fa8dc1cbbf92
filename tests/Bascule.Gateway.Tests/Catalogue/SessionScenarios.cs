using System.Text.Json;
using Bascule.Model;
using Bascule.Sessions;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>Clients of sessions: which they may not have, which are not there, and how they end.</summary>
internal static class SessionScenarios
{
    internal static IReadOnlyList<Scenario> All { get; } =
    [
        new(EndReasons.SessionsOff, Told.ByMode, async run =>
        {
            await run.StartAsync(run.Settings with { Sessions = SessionBench.Settings with { Enabled = false, Auth = AuthPolicy.None }, Routes = [Route] });
            await run.RefusedAsync(run.Ask("/s?session=1"));
        }),
        Refused(EndReasons.SessionMissing, (_, _) => Task.FromResult("/s")),
        Refused(EndReasons.SessionNotFound, (_, _) => Task.FromResult($"/s?session={SessionId.New()}")),
        new(EndReasons.RecordingNotFound, Told.ByHttp, async run =>
        {
            var record = await (await StartAsync(run)).PutAsync(SessionBench.Record(run.Time));
            var client = run.Gateway.Keep(await Wire.ConnectAsync(run.Gateway.Url));
            await client.SendAsync(Ask.Plain($"/api/sessions/{record.Id}/recording?{AttemptDesk.IdParameter}={run.Attempt}") + "");
            run.Answer = await client.ReadAnswerAsync();
        }),
        Refused(EndReasons.SessionForbidden, async (bench, time) => Target(await bench.PutAsync(SessionBench.Record(time) with { Profile = "ops" }))),
        Refused(EndReasons.SessionLinkInvalid, async (bench, time) => Target(await bench.PutAsync(SessionBench.Record(time))) + "&link=read.1.x"),
        Refused(EndReasons.SessionOver, async (bench, time) => Target(await bench.PutAsync(
            SessionBench.Record(time) with { State = SessionState.Ended, End = SessionBench.End(time, SessionEndings.Idle) }))),
        Waiting(EndReasons.SessionStarting, async (bench, time) => Target(await bench.PutAsync(SessionBench.Record(time))), TimeSpan.FromSeconds(20), store => store),
        Waiting(EndReasons.SessionValidationTimeout, (_, _) => Task.FromResult($"/s?session={SessionId.New()}"), TimeSpan.FromSeconds(10), store =>
        {
            store.Held = new TaskCompletionSource();
            return store;
        }),
        new(EndReasons.SessionStoreUnavailable, Told.ByMode, async run =>
        {
            var bench = await StartAsync(run);
            bench.Store.IsAway = true;
            await run.RefusedAsync(run.Ask($"/s?session={SessionId.New()}"));
        }),
        Ordered(EndReasons.SessionOrderInvalid, "{}"),
        Ordered(EndReasons.CommandNotAllowed, """{"profile":"shell","command":["sh"]}"""),
        Ordered(EndReasons.SessionQuota, """{"profile":"shell"}""", new SessionQuotaSettings { PerUser = 1, CreationRate = new RateSettings { Rate = "1000/s" } }, times: 2),
        Ordered(EndReasons.SessionRate, """{"profile":"shell"}""", new SessionQuotaSettings { CreationRate = new RateSettings { Rate = "3/m", Burst = 1 } }, times: 2),
        new(EndReasons.SessionEnded, Told.ByOtherSide, SessionEndedAsync),
    ];

    private static RouteSettings Route => new() { Name = "s", Path = "/s", Auth = AuthPolicy.None, Sessions = true };

    private static string Target(SessionRecord record) => $"/s?session={record.Id}";

    private static async Task<SessionBench> StartAsync(ScenarioRun run, Func<SessionSettings, SessionSettings>? change = null)
    {
        var time = new ManualTime();
        var bench = run.Sessions = await SessionBench.StartHostAsync(time);
        var sessions = SessionBench.Settings with { Auth = AuthPolicy.None };
        await run.StartAsync(run.Settings with { Data = bench.DataFolder, Listen = run.Settings.Listen with { Hosts = ["gateway.test"] }, Sessions = change is null ? sessions : change(sessions), Routes = [Route] }, time: time, sessions: bench.Store);
        return bench;
    }

    private static Scenario Refused(EndReason reason, Func<SessionBench, TimeProvider, Task<string>> prepareAsync) => new(
        reason, Told.ByMode,
        async run =>
        {
            var bench = await StartAsync(run);
            await run.RefusedAsync(run.Ask(await prepareAsync(bench, run.Time)));
        },
        Facts: null);

    /// <summary>The client waits until the time is over.</summary>
    private static Scenario Waiting(EndReason reason, Func<SessionBench, TimeProvider, Task<string>> prepareAsync, TimeSpan limit, Func<HeldStore, HeldStore> hold) => new(
        reason, Told.ByMode,
        async run =>
        {
            var bench = await StartAsync(run, s => s with { StartWait = TimeSpan.FromSeconds(20), Validate = TimeSpan.FromSeconds(10) });
            var target = await prepareAsync(bench, run.Time);
            hold(bench.Store);
            var client = await run.Gateway.SendAsync(run.Ask(target));
            var refused = run.ReadRefusalAsync(client);
            await Eventually.HoldsAsync(() =>
            {
                // Once it waits; the clock may go on as long as nobody else is ended by it.
                if (!refused.IsCompleted && run.Gateway.Rooms.Journal.OpenCount == 1)
                    run.Time.Advance(TimeSpan.FromMilliseconds(100));
                return refused.IsCompleted;
            });
            await refused;
            Assert.True(run.Time.GetUtcNow() >= new ManualTime().GetUtcNow() + limit);
        });

    /// <summary>An order by HTTP, the last of so many.</summary>
    private static Scenario Ordered(EndReason reason, string json, SessionQuotaSettings? quota = null, int times = 1) => new(reason, Told.ByHttp, async run =>
    {
        await StartAsync(run, s => quota is null ? s : s with { Quota = quota });
        for (var i = 1; i <= times; i++)
        {
            var target = i == times ? $"/api/sessions?{AttemptDesk.IdParameter}={run.Attempt}" : "/api/sessions";
            var ask = Ask.Plain(target) with { Method = "POST", Fields = ["Content-Type: application/json", $"Content-Length: {json.Length}"] };
            var client = run.Gateway.Keep(await Wire.ConnectAsync(run.Gateway.Url));
            await client.SendAsync(ask + json);
            run.Answer = await client.ReadAnswerAsync();
        }
    });

    private static async Task SessionEndedAsync(ScenarioRun run)
    {
        var bench = await StartAsync(run);
        var client = run.Gateway.Keep(await Wire.ConnectAsync(run.Gateway.Url));
        const string json = """{"profile":"shell"}""";
        await client.SendAsync((Ask.Plain("/api/sessions") with { Method = "POST", Fields = ["Content-Type: application/json", $"Content-Length: {json.Length}"] }) + json);
        var id = JsonDocument.Parse((await client.ReadAnswerAsync()).Body).RootElement.GetProperty("id").GetString()!;
        await bench.UntilAsync(id, SessionState.Running);

        var viewer = await run.Gateway.SendAsync(run.Ask($"/s?session={id}").With(SessionBench.Term));
        Assert.Equal(101, (await viewer.ReadAnswerAsync()).Status);
        var seen = await bench.Host.AttachedAsync();
        var closing = seen.CloseAsync(1000, "exited; retry=never");
        await run.ReadCloseAsync(viewer);
        await closing;
    }
}
