using System.Text.Json.Nodes;
using Bascule.Admission;
using Bascule.Protocol;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>A gateway that brings clients to a shard on another machine, which the test plays.</summary>
public sealed class FarShardTests : GatewayTest
{
    private const string Secret = "a secret that two machines share";

    private readonly string _file = Path.GetTempFileName();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        File.Delete(_file);
    }

    [Theory]
    [InlineData("/feed")]
    [InlineData("/chat")]
    public async Task A_clients_own_terms_are_not_passed_on(string path)
    {
        await StartAsync(Elsewhere());

        var (asked, _) = await PassAsync(new Ask($"{path}?topic=news.a").With("Bascule-Terms: mine", "bascule-terms: mine too"));

        Assert.DoesNotContain("mine", asked.ToString(), StringComparison.Ordinal);
        // One of the gateway's own for a shard, none for a back end.
        Assert.Equal(path == "/feed" ? 1 : 0, asked.All("Bascule-Terms").Count);
    }

    [Fact]
    public async Task The_shard_is_told_all_that_it_must_know_and_gets_no_token()
    {
        await StartAsync(Elsewhere());
        var token = Tokens.With(Gateway.Clock, new TokenRequest { Subject = "ann", Read = ["news.*"] });

        var (asked, answer) = await PassAsync(new Ask($"/guarded?topic=news.a&token={token}&{AttemptDesk.IdParameter}=00112233445566778899aabbccddeeff").With("Sec-WebSocket-Protocol: bascule.v1, other"), "bascule.v1");

        Assert.Equal("GET /guarded?bascule_attempt=00112233445566778899aabbccddeeff HTTP/1.1", asked.StartLine);
        Assert.Equal(("bascule.v1", "bascule.v1"), (asked.Field("Sec-WebSocket-Protocol"), answer.Field("Sec-WebSocket-Protocol")));
        Assert.DoesNotContain(token, asked.ToString(), StringComparison.Ordinal);
        using var seal = new NoteSeal("terms", Secret, Gateway.Clock);
        var terms = JsonNode.Parse((await seal.OpenAsync(asked.Field("Bascule-Terms")!, "/guarded", TestContext.Current.CancellationToken)).Json!)!;
        Assert.Equal(("00112233445566778899aabbccddeeff", "ann", true), ((string?)terms["attempt"], (string?)terms["user"], (bool)terms["speaksBascule"]!));
        Assert.Equal(("""["news.*"]""", """[{"name":"news.a","cursor":null}]"""), (terms["read"]!.ToJsonString(), terms["topics"]!.ToJsonString()));
        // The gateway ends it when its token lapses, and can be told of a new one.
        Assert.Null(terms["expiresAt"]);
        Assert.NotNull(Assert.Single(Gateway.Rooms.Connections.All()).ExpiresAt);
    }

    [Theory]
    [InlineData(4604, "reader_too_slow; retry=backoff", "reader_too_slow")]
    [InlineData(4600, "draining; retry=now", "draining")]
    [InlineData(1001, "draining; retry=now", "draining")]
    [InlineData(4409, "replaced; retry=never", "replaced")]
    [InlineData(4608, "go home", "closed_by_operator")]
    [InlineData(4400, "", "backend_closed")]
    [InlineData(4321, "draining; retry=now", "backend_closed")]
    public async Task How_the_shard_ends_a_connection_reaches_the_client_and_the_journal(int code, string words, string label)
    {
        await StartAsync(Elsewhere());
        var (client, shard) = await Gateway.JoinAsync(Backend, new Ask($"/feed?topic=news.a&{AttemptDesk.IdParameter}=00112233445566778899aabbccddeeff"));

        await shard.SendCloseAsync(code, words, masked: false);

        var close = await client.ReadCloseAsync();
        Assert.Equal((code, words), (close.CloseCode, close.CloseReason));
        await client.SendCloseAsync(code, words, masked: true);
        client.Finish();
        Assert.Equal(Opcode.Close, (await shard.ReadCloseAsync()).Opcode);
        shard.Finish();
        await Gateway.NothingIsLeftAsync();
        Assert.Equal(label, (await Gateway.ExplainFullyAsync("00112233445566778899aabbccddeeff")).Label);
    }

    [Fact]
    public async Task A_token_that_is_renewed_over_HTTP_lets_the_connection_live_on()
    {
        await StartAsync(Elsewhere());
        var (client, _) = await Gateway.JoinAsync(Backend, new Ask("/guarded?topic=news.a").WithToken(Tokens.With(Gateway.Clock, new TokenRequest { Subject = "ann", Lifetime = TimeSpan.FromMinutes(5) })));
        var open = Assert.Single(Gateway.Rooms.Connections.All());
        var before = open.ExpiresAt;

        var renewed = Tokens.With(Gateway.Clock, new TokenRequest { Subject = "ann", Lifetime = TimeSpan.FromMinutes(30) });
        var (answer, body) = await Gateway.SendAsync(HttpMethod.Post, Gateway.Url, $"/api/connections/{open.Attempt.Id}/token", $"Authorization: Bearer {renewed}");

        Assert.True(answer.IsSuccessStatusCode, body);
        Assert.Equal(TimeSpan.FromMinutes(25), open.ExpiresAt - before);
        Assert.NotNull(client);
    }

    [Fact]
    public async Task A_shard_that_refuses_its_clients_is_no_usable_node()
    {
        await StartAsync(Elsewhere());

        var asking = Gateway.AnswerAsync(new Ask("/feed?topic=news.a"));
        Gateway.Keep(await Backend.AnswerAsync("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"));

        var answer = await asking;
        Assert.Equal(503, answer.Status);
        Assert.Contains("\"label\":\"no_usable_node\"", answer.Body, StringComparison.Ordinal);
        var why = (await Gateway.ExplainFullyAsync(answer.Field("X-Bascule-Attempt")!)).Evidence["shard"];
        Assert.Contains($"{Backend.Name} did not take the client: backend_denied", why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_would_be_kept_by_this_gateway_alone_is_not_published()
    {
        await StartAsync(Elsewhere());
        var (answer, body) = await Gateway.SendAsync(HttpMethod.Post, Gateway.Url, "/api/topics/news.a");

        Assert.Equal(403, (int)answer.StatusCode);
        Assert.Contains("topic_forbidden", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_a_shard_like_the_others_for_operators()
    {
        await StartAsync(Elsewhere());
        var shard = JsonNode.Parse(await Gateway.AdminAsync("/api/shards"))!["shards"]!.AsArray().Single()!;

        Assert.Equal((Backend.Name, "up", 7), ((string?)shard["name"], (string?)shard["state"], (int)shard["slots"]!));
        Assert.Null(shard["figures"]);
    }

    private BasculeSettings Elsewhere()
    {
        File.WriteAllText(_file, Secret);
        var topics = new RouteSettings { Name = "feed", Path = "/feed", Auth = AuthPolicy.None, Topics = ["news.*"], Publish = ["news.*"] };
        return Settings with
        {
            Hub = new HubSettings { Mode = HubMode.Multi, Shards = 0, SlotsPerShard = 7, Elsewhere = [new NodeSettings { Url = Backend.Url }], SecretFile = _file },
            Routes = [topics, topics with { Name = "guarded", Path = "/guarded", Auth = AuthPolicy.Required }, Configured.Route("chat", "/chat")],
        };
    }
}
