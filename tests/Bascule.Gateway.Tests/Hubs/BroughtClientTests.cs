using System.Text.Json;
using System.Text.Json.Nodes;
using Bascule.Admission;
using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>A route that takes only clients whom another gateway brings; the test is that gateway.</summary>
public sealed class BroughtClientTests : GatewayTest
{
    private const string Secret = "a secret that two machines share";
    private const string Attempt = "00112233445566778899aabbccddeeff";

    private readonly string _file = Path.GetTempFileName();
    private readonly ManualTime _time = new();
    private NoteSeal? _seal;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _seal?.Dispose();
        File.Delete(_file);
    }

    [Fact]
    public async Task Its_terms_let_a_client_in_whatever_else_the_request_says()
    {
        await StartFarAsync();

        // Topics and page of the client were judged by the gateway.
        using var client = await Gateway.SendAsync(new Ask($"/feed?topic=other&bascule_attempt={Attempt}").From("https://elsewhere.example").With("User-Agent: Mozilla/5.0", $"Bascule-Terms: {Terms()}"));

        var answer = await client.ReadAnswerAsync();
        Assert.Equal((101, "bascule.v1", Attempt), (answer.Status, answer.Field("Sec-WebSocket-Protocol"), answer.Field("X-Bascule-Attempt")));
        var welcome = JsonNode.Parse((await client.ReadFrameAsync()).Text)!;
        Assert.Equal(("welcome", Attempt, "the-session"), ((string?)welcome["type"], (string?)welcome["attempt"], (string?)welcome["session"]));
        Assert.Equal("news.a", (string?)JsonNode.Parse((await client.ReadFrameAsync()).Text)!["topic"]);
        await client.SendTextAsync("""{"type":"subscribe","id":1,"topic":"news.b"}""", masked: true);
        Assert.Equal("forbidden", (string?)JsonNode.Parse((await client.ReadFrameAsync()).Text)!["code"]);
        Assert.Equal("ann", Gateway.Rooms.Journal.Find(AttemptOf(Attempt))!.Subject);
    }

    [Fact]
    public async Task A_new_token_must_be_shown_to_the_gateway_that_brought_the_client()
    {
        await StartFarAsync();
        using var client = await Gateway.SendAsync(new Ask($"/feed?bascule_attempt={Attempt}").With($"Bascule-Terms: {Terms()}"));
        await client.ReadAnswerAsync();
        await client.ReadFrameAsync();
        await client.ReadFrameAsync();

        await client.SendTextAsync($$"""{"type":"token","id":1,"token":"{{Tokens.Good(_time)}}"}""", masked: true);

        var error = JsonNode.Parse((await client.ReadFrameAsync()).Text)!;
        Assert.Equal(("error", "token_refused"), ((string?)error["type"], (string?)error["code"]));
        Assert.Contains($"POST /api/connections/{Attempt}/token", (string?)error["text"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_only_this_gateway_would_keep_is_not_published()
    {
        await StartFarAsync();
        using var client = await Gateway.SendAsync(new Ask("/feed").With($"Bascule-Terms: {Terms()}"));
        await client.ReadAnswerAsync();
        await client.ReadFrameAsync();
        await client.ReadFrameAsync();

        await client.SendTextAsync("""{"type":"publish","id":1,"topic":"news.a","data":1}""", masked: true);

        Assert.Equal("topic_forbidden", (string?)JsonNode.Parse((await client.ReadFrameAsync()).Text)!["code"]);
        // Nor over HTTP, where a route for gateways lets nobody publish at all.
        var (answer, _) = await Gateway.SendAsync(HttpMethod.Post, Gateway.Url, "/api/topics/news.a", $"Authorization: Bearer {Tokens.Good(_time)}");
        Assert.Equal(403, (int)answer.StatusCode);
    }

    public static TheoryData<string, string, string> Refusals => new()
    {
        { "", "token_missing", "this route takes only clients that a gateway brings" },
        { "Authorization: Bearer TOKEN", "token_missing", "whatever else the request shows is not looked at" },
        { "Bascule-Terms: TOKEN", "token_bad_signature", "Bascule-Terms: alg is HS256" },
        { "Bascule-Terms: x", "token_malformed", "Bascule-Terms: it has no dots" },
        { "Bascule-Terms: WRONG-SECRET", "token_bad_signature", "Bascule-Terms: alg is HS256" },
        { "Bascule-Terms: OTHER-PATH", "token_wrong_audience", "expected `/feed`" },
        { "Bascule-Terms: OTHER-VERSION", "token_malformed", "must be of one version" },
        { "Bascule-Terms: OTHER-TOPIC", "topic_forbidden", "read secrets" },
        { "Bascule-Terms: USED", "ticket_invalid", "it was used before" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Whatever_else_comes_is_refused_over_HTTP_with_the_reason(string field, string label, string detail)
    {
        await StartFarAsync();
        var used = Terms();
        using var other = new NoteSeal("terms", "another secret, as long as the first", _time);
        field = field.Replace("TOKEN", Tokens.Good(_time), StringComparison.Ordinal)
            .Replace("WRONG-SECRET", Seal(other, Order()), StringComparison.Ordinal)
            .Replace("OTHER-PATH", Seal(_seal!, Order(), "/other"), StringComparison.Ordinal)
            .Replace("OTHER-VERSION", Seal(_seal!, OldOrder()), StringComparison.Ordinal)
            .Replace("OTHER-TOPIC", Seal(_seal!, OrderFor("secrets")), StringComparison.Ordinal)
            .Replace("USED", used, StringComparison.Ordinal);
        using var first = await Gateway.SendAsync(new Ask("/feed").With($"Bascule-Terms: {used}"));
        Assert.Equal(101, (await first.ReadAnswerAsync()).Status);

        // A browser's request, as the gateway passes it on, is refused in the way that the gateway can read.
        var answer = await Gateway.AnswerAsync((field.Length == 0 ? new Ask("/feed") : new Ask("/feed").With(field)).With("User-Agent: Mozilla/5.0").AsBrowser());

        Assert.InRange(answer.Status, 401, 403);
        Assert.Contains($"\"label\":\"{label}\"", answer.Body, StringComparison.Ordinal);
        Assert.Contains(detail, (await Gateway.ExplainFullyAsync(answer.Field("X-Bascule-Attempt")!)).Verdict + answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_ordinary_request_is_refused_even_with_good_terms()
    {
        await StartFarAsync();
        var (answer, body) = await Gateway.GetAsync("/feed?topic=news.a", "Accept: text/event-stream", $"Bascule-Terms: {Terms()}");
        Assert.Equal(401, (int)answer.StatusCode);
        Assert.Contains("token_missing", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_secret_nobody_comes_in()
    {
        await StartAsync(Far(secretFile: null), _time);
        var answer = await Gateway.AnswerAsync(new Ask("/feed").With("Bascule-Terms: x"));
        Assert.Equal(503, answer.Status);
        Assert.Contains("keys_unavailable", answer.Body, StringComparison.Ordinal);
    }

    private static AttemptId AttemptOf(string text) => AttemptId.TryParse(text, out var id) ? id : throw new ArgumentException("No id.", nameof(text));

    private static JsonObject Order() => JsonSerializer.SerializeToNode(
        new
        {
            Attempt,
            Session = "the-session",
            SpeaksBascule = true,
            Deflate = false,
            Topics = new[] { new { Name = "news.a", Cursor = (string?)null } },
            Read = new[] { "news.a" },
            Write = new[] { "*" },
            User = "ann",
            Limits = MessageLimits.None,
            Heartbeat = new HeartbeatSettings(),
            Life = new LifeSettings(),
            ExpiresAt = (DateTimeOffset?)null,
            CloseDeadline = TimeSpan.FromSeconds(5),
            MostSubscriptions = 10,
            Reconnect = Array.Empty<string>(),
            Head = "",
        },
        JsonSerializerOptions.Web)!.AsObject();

    private static JsonObject OrderFor(string topic)
    {
        var order = Order();
        (order["topics"]![0]!["name"], order["read"]) = (topic, new JsonArray("*"));
        return order;
    }

    private static JsonObject OldOrder()
    {
        var order = Order();
        order.Remove("reconnect");
        return order;
    }

    private static string Seal(NoteSeal seal, JsonObject order, string path = "/feed") => seal.Seal(Attempt, path, order)!;

    private string Terms() => Seal(_seal!, Order());

    private async Task StartFarAsync()
    {
        await File.WriteAllTextAsync(_file, Secret);
        _seal = new NoteSeal("terms", Secret, _time);
        await StartAsync(Far(_file), _time);
    }

    private BasculeSettings Far(string? secretFile) => Settings with
    {
        Hub = new HubSettings { SecretFile = secretFile },
        Routes = [new RouteSettings { Name = "feed", Path = "/feed", Auth = AuthPolicy.Gateway, Topics = ["news.*"], Publish = ["news.*"] }],
    };
}
