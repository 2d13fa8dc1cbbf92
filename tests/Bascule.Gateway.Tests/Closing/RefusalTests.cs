using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>What a refusal costs, and what it leaves.</summary>
public sealed class RefusalTests : GatewayTest
{
    /// <summary>As many as the closing stage lets wait for their answer at once.</summary>
    private const int ByClose = 1000;

    [Fact]
    public async Task A_refused_client_that_stays_holds_no_slot()
    {
        await StartAsync(Settings with { Deadlines = Settings.Deadlines with { Handshake = TimeSpan.FromSeconds(3) } });
        var client = await Gateway.SendAsync(new Ask("/ws"));
        await Gateway.Keep(await Backend.AcceptAsync()).ReadHeadAsync();

        Gateway.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(408, (await client.ReadAnswerAsync()).Status);

        Assert.Equal((0, 1), (Gateway.SlotsInUse, Gateway.Rooms.Journal.OpenCount));
        client.Finish();
        await Gateway.NothingIsLeftAsync();
    }

    [Fact]
    public async Task When_too_many_clients_do_not_answer_their_close_frame_the_next_are_told_by_HTTP_until_they_do()
    {
        await StartAsync();
        var refused = new List<Wire>();
        for (var i = 0; i < ByClose; i++)
            refused.Add(await Gateway.SendAsync(new Ask("/nowhere").AsBrowser()));
        foreach (var client in refused)
            Assert.Equal(101, (await client.ReadAnswerAsync()).Status);

        for (var i = 0; i < ByClose; i++)
        {
            using var next = await Gateway.SendAsync(new Ask("/nowhere").AsBrowser());
            Assert.Equal(404, (await next.ReadAnswerAsync()).Status);
        }

        refused.ForEach(client => client.Reset());
        await Gateway.NothingIsLeftAsync();
        Assert.Equal(101, (await Gateway.AnswerAsync(new Ask("/nowhere").AsBrowser())).Status);
    }

    [Fact]
    public async Task A_browser_that_offered_subprotocols_gets_one_with_its_close_frame()
    {
        await StartAsync();
        var client = await Gateway.SendAsync(new Ask("/guarded").AsBrowser().With("Sec-WebSocket-Protocol: chat, game"));

        Assert.Equal("chat", (await client.ReadAnswerAsync()).Field("Sec-WebSocket-Protocol"));
        Assert.Equal(EndReasons.TokenMissing.Code, (await client.ReadCloseAsync()).CloseCode);
    }

    [Fact]
    public async Task A_page_that_only_says_its_origin_is_no_browser_yet()
    {
        await StartAsync();

        Assert.Equal(401, (await Gateway.AnswerAsync(new Ask("/guarded").With($"Origin: {Ask.OwnPage}"))).Status);
        Assert.Equal(401, (await Gateway.AnswerAsync(new Ask("/guarded").With("Sec-Fetch-Mode: websocket"))).Status);
    }

    [Fact]
    public async Task A_fault_of_the_gateway_in_a_connection_whose_client_is_gone_ends_quietly()
    {
        await StartAsync();
        using var client = new FaultyHandshake(new Ask($"/ws?bascule_attempt={AttemptId.New()}"), failsToAccept: false);
        var path = Gateway.Rooms.Path.RunAsync(client);
        Gateway.Keep(await Backend.UpgradeAsync());

        await path.Soon();

        var end = Assert.Single(Gateway.Log.All, e => e.Event == "ConnectionEnded");
        Assert.Equal(EndReasons.GatewayFault.Label, end.Field("Reason"));
        await Gateway.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_problem_tells_what_to_come_back_with()
    {
        await StartAsync(Settings.WithRoutes(Configured.Route("open", "/ws") with { Refusal = RefusalMode.Http }));

        var old = await Gateway.AnswerAsync(new Ask("/ws").Set("Sec-WebSocket-Version", "8"));
        var posted = await Gateway.AnswerAsync(new Ask("/ws") with { Method = "DELETE" });

        Assert.Equal((426, "websocket", "13"), (old.Status, old.Field("Upgrade"), old.Field("Sec-WebSocket-Version")));
        Assert.Equal((405, "GET"), (posted.Status, posted.Field("Allow")));
        Assert.Equal("no-store", old.Field("Cache-Control"));
    }
}
