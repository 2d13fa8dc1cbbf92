namespace Bascule.System.Tests;

/// <summary>Clients of shards with tokens, with TLS and without: where the gateway stays between, they see the same as where it does not.</summary>
public sealed class TlsShardTests(TlsShardStage stage) : IClassFixture<TlsShardStage>
{
    public static TheoryData<string, bool> Ways => new() { { "http", false }, { "https", false }, { "https", true } };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_client_is_served_and_its_close_code_arrives(string scheme, bool http2)
    {
        using var client = await stage.ConnectAsync("ann", scheme, http2);
        var topic = Unique("news");
        await client.SubscribeAsync(topic);
        var cursor = await stage.Gateway.PublishAsync(topic, """{"a":1}""");
        var message = await client.ReceiveAsync("message");
        Assert.Equal(("""{"a":1}""", cursor), (message["data"]!.ToJsonString(), (string?)message["cursor"]));

        await client.CloseAsync(4321, "done");
        await stage.Gateway.Process.LineAsync($"ConnectionEnded attempt={client.Attempt} .*reason=client_closed .*4321");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Revoking_a_token_ends_its_connection_with_4603(string scheme, bool http2)
    {
        var user = Unique("eve");
        using var client = await stage.ConnectAsync(user, scheme, http2);
        await stage.Gateway.OrderAsync($"/api/tokens:revoke?subject={user}");
        var (goodbye, code) = await client.ReceiveGoodbyeAsync();
        Assert.Equal(("token_revoked", 4603), ((string?)goodbye["label"], code));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_new_token_in_a_message_changes_what_may_be_read(string scheme, bool http2)
    {
        var user = Unique("bob");
        using var client = await stage.ConnectAsync(user, scheme, http2);
        await client.SubscribeAsync("left");
        await client.SubscribeAsync("right");
        await client.SendAsync($$"""{"type":"token","id":7,"token":"{{TlsShardStage.Token(user, "left")}}"}""");
        // Answer and gap come in no fixed order.
        var answers = new[] { await client.ReceiveAsync(), await client.ReceiveAsync() }.ToDictionary(message => (string)message!["type"]!, message => message!, StringComparer.Ordinal);
        Assert.Equal(7, (int)answers["renewed"]["id"]!);
        Assert.NotNull(answers["renewed"]["expires"]);
        Assert.Equal(("right", "forbidden"), ((string?)answers["gap"]["topic"], (string?)answers["gap"]["reason"]));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_new_token_over_HTTP_changes_what_may_be_read(string scheme, bool http2)
    {
        var user = Unique("kim");
        using var client = await stage.ConnectAsync(user, scheme, http2);
        await client.SubscribeAsync("left");
        await client.SubscribeAsync("right");
        await stage.RenewAsync(client.Attempt, TlsShardStage.Token(user, "left"));
        var gap = await client.ReceiveAsync("gap");
        Assert.Equal(("right", "forbidden"), ((string?)gap["topic"], (string?)gap["reason"]));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_client_that_is_asked_to_move_is_told_so(string scheme, bool http2)
    {
        using var client = await stage.ConnectAsync("dan", scheme, http2);
        await stage.Gateway.ConnectionAsync(client.Attempt);
        await stage.Gateway.OrderAsync($"/api/connections:move?attempt={client.Attempt}");
        var (goodbye, code) = await client.ReceiveGoodbyeAsync();
        Assert.Equal(("rebalancing", 4601), ((string?)goodbye["label"], code));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_session_that_comes_back_ends_its_old_connection(string scheme, bool http2)
    {
        using var before = await stage.ConnectAsync("joe", scheme, http2);
        using var after = await stage.ConnectAsync("joe", scheme, http2, $"?resume={Uri.EscapeDataString(before.Resume)}");
        var (goodbye, code) = await before.ReceiveGoodbyeAsync();
        Assert.Equal(("replaced", 4409), ((string?)goodbye["label"], code));
    }

    private static string Unique(string name) => $"{name}-{Guid.NewGuid():N}";
}
