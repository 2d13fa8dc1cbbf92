using Bascule.Model;

namespace Bascule.Gateway.Tests;

/// <summary>When another node is tried, and when that could do something twice.</summary>
public sealed class RetryTests : IAsyncDisposable
{
    private readonly List<RawBackend> _backends = [new(), new(), new(), new()];
    private TestGateway? _gateway;

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n")]
    public async Task The_next_node_is_tried_when_the_first_surely_did_nothing(string answer)
    {
        var (gateway, attempt) = await StartAsync(2);
        var client = await gateway.SendAsync(new Ask($"/ws?bascule_attempt={attempt}"));
        var (first, second) = await TakenAsync(2);
        using (var wire = await first.AcceptAsync())
        {
            await wire.ReadHeadAsync();
            await wire.SendAsync(answer);
        }

        gateway.Keep(await second.UpgradeAsync());

        Assert.Equal(101, (await client.ReadAnswerAsync()).Status);
        Assert.Equal(1, gateway.SlotsInUse);
        Assert.Contains(first.Name, (await gateway.ExplainFullyAsync(attempt)).Evidence["try 1"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_next_node_is_tried_when_the_first_is_not_there()
    {
        using var closed = new RawBackend(listens: false);
        _gateway = await TestGateway.StartAsync(Configured.For(closed.Url, _backends[0].Url));

        for (var i = 0; i < 4; i++)
            await _gateway.JoinAsync(_backends[0]);

        Assert.Equal(4, _gateway.SlotsInUse);
    }

    [Theory]
    [InlineData("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", "backend_failed")]
    [InlineData("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "backend_denied")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "backend_not_websocket")]
    [InlineData("HTTP/1.1 10", "backend_closed_early")]
    [InlineData("nonsense\r\n\r\n", "backend_garbage")]
    public async Task No_other_node_is_tried_when_the_first_may_have_acted(string answer, string label)
    {
        var (gateway, attempt) = await StartAsync(2);
        var client = await gateway.SendAsync(new Ask($"/ws?bascule_attempt={attempt}"));
        var (first, second) = await TakenAsync(2);
        using (var wire = await first.AcceptAsync())
        {
            await wire.ReadHeadAsync();
            await wire.SendAsync(answer);
        }

        Assert.Equal(502, (await client.ReadAnswerAsync()).Status);
        Assert.Equal(label, (await gateway.ExplainAsync(attempt)).Label);
        Assert.False(second.IsAsked);
    }

    [Fact]
    public async Task A_silent_node_is_the_end_of_the_attempt()
    {
        var (gateway, attempt) = await StartAsync(2);
        var client = await gateway.SendAsync(new Ask($"/ws?bascule_attempt={attempt}"));
        var (first, second) = await TakenAsync(2);
        using var wire = await first.AcceptAsync();
        await wire.ReadHeadAsync();

        gateway.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(504, (await client.ReadAnswerAsync()).Status);
        Assert.False(second.IsAsked);
    }

    [Fact]
    public async Task Three_nodes_are_tried_at_most()
    {
        var (gateway, attempt) = await StartAsync(4);
        var client = await gateway.SendAsync(new Ask($"/ws?bascule_attempt={attempt}"));
        for (var left = 4; left > 1; left--)
        {
            var (asked, _) = await TakenAsync(left);
            using var wire = await asked.AnswerAsync("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
            _backends.Remove(asked);
            _backends.Add(asked);
        }

        Assert.Equal(502, (await client.ReadAnswerAsync()).Status);
        Assert.False(_backends[0].IsAsked);
        Assert.Equal(0, gateway.SlotsInUse);
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        _backends.ForEach(b => b.Dispose());
    }

    private async Task<(TestGateway Gateway, string Attempt)> StartAsync(int nodes) =>
        (_gateway = await TestGateway.StartAsync(Configured.For([.. _backends.Take(nodes).Select(b => b.Url)])), AttemptId.New().ToString());

    /// <summary>The node among the first ones that is asked now, and another one.</summary>
    private async Task<(RawBackend Asked, RawBackend Other)> TakenAsync(int among)
    {
        await Eventually.HoldsAsync(() => _backends.Take(among).Any(b => b.IsAsked));
        var asked = _backends.Take(among).First(b => b.IsAsked);
        return (asked, _backends.Take(among).First(b => b != asked));
    }
}
