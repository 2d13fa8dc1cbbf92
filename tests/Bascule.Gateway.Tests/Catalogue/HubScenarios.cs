using System.Text.Json;
using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>Clients of topics: what they may not have, and what ends them.</summary>
internal static class HubScenarios
{
    internal static IReadOnlyList<Scenario> All { get; } =
    [
        new(EndReasons.TopicMalformed, Told.ByMode, run => RefusedAsync(run, "/feed?topic=no%20topic")),
        new(EndReasons.TopicForbidden, Told.ByMode, run => RefusedAsync(run, "/feed?topic=secret")),
        new(EndReasons.Replaced, Told.ByClose, ReplacedAsync),
        new(EndReasons.BadMessages, Told.ByClose, BadMessagesAsync, "limit=20; last=bad_json"),
        new(EndReasons.ReaderTooSlow, Told.ByClose, ReaderTooSlowAsync),
        new(EndReasons.SourceUnavailable, Told.ByHttp, SourceUnavailableAsync),
    ];

    private static BasculeSettings With(ScenarioRun run, HubSettings? hub = null) => run.Settings with
    {
        Hub = hub ?? new HubSettings(),
        Routes = [.. run.Settings.Routes, new RouteSettings { Name = "feed", Path = "/feed", Auth = AuthPolicy.None, Topics = ["news.*"], Publish = ["news.*"] }],
    };

    private static async Task RefusedAsync(ScenarioRun run, string target)
    {
        await run.StartAsync(With(run));
        await run.RefusedAsync(run.Ask(target));
    }

    private static async Task ReplacedAsync(ScenarioRun run)
    {
        await run.StartAsync(With(run));
        using var client = await OpenAsync(run, run.Ask("/feed"));
        var resume = await WelcomeAsync(client);
        using var again = await OpenAsync(run, new Ask($"/feed?resume={resume}"));
        await run.ReadCloseAsync(client);
    }

    private static async Task BadMessagesAsync(ScenarioRun run)
    {
        await run.StartAsync(With(run));
        using var client = await OpenAsync(run, run.Ask("/feed"));
        await WelcomeAsync(client);
        for (var i = 0; i < 30; i++)
            await client.SendTextAsync("no json", masked: true);
        await run.ReadCloseAsync(client);
    }

    private static async Task ReaderTooSlowAsync(ScenarioRun run)
    {
        var strict = new TopicSettings { SlowReader = SlowReaderPolicy.Close, MaxLag = 10_000 };
        await run.StartAsync(With(run, new HubSettings { Topics = new Dictionary<string, TopicSettings>(StringComparer.Ordinal) { ["news.*"] = strict } }));
        using var client = await OpenAsync(run, run.Ask("/feed?topic=news.today"));
        await WelcomeAsync(client);
        // Far more than the buffers of two sockets hold, which the client leaves unread.
        var message = new byte[60_000];
        message.AsSpan().Fill((byte)'x');
        for (var sent = 0; sent < 64_000_000; sent += message.Length)
            await run.Gateway.Rooms.Hub.PublishAsync("news.today", null, message, null, TestContext.Current.CancellationToken);
        // The sweep finds a reader that stopped in the middle of a write.
        run.Time.Advance(TimeSpan.FromSeconds(1));
        await run.ReadCloseAsync(client);
    }

    private static async Task SourceUnavailableAsync(ScenarioRun run)
    {
        using var port = DeadPort.Closed();
        await run.StartAsync(With(run, new HubSettings { Redis = new RedisTopicSettings { Url = $"redis://{port.Url.Authority}", Streams = ["news.today"] } }));
        using var client = await run.Gateway.SendAsync(Ask.Plain($"/feed?topic=news.today&{AttemptDesk.IdParameter}={run.Attempt}"));
        run.Answer = await client.ReadAnswerAsync();
    }

    private static async Task<Wire> OpenAsync(ScenarioRun run, Ask ask)
    {
        var client = await run.Gateway.SendAsync(ask.With("Sec-WebSocket-Protocol: bascule.v1"));
        Assert.Equal(101, (await client.ReadAnswerAsync()).Status);
        return client;
    }

    /// <returns>The token to come back with.</returns>
    private static async Task<string> WelcomeAsync(Wire client)
    {
        using var welcome = JsonDocument.Parse((await client.ReadFrameAsync()).Payload);
        return welcome.RootElement.GetProperty("resume").GetString()!;
    }
}
