namespace Bascule.Gateway.Tests;

/// <summary>How an event stream is counted that its client leaves.</summary>
public sealed class LeftStreamTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_counts_as_the_status_that_it_had(bool withReset)
    {
        await using var backend = await EchoBackend.StartAsync();
        await using var gateway = await TestGateway.StartAsync(Configured.For(backend.Url).WithRoutes(Configured.Route("events", "/events")));
        var client = await gateway.SendAsync(Ask.Plain("/events"));
        await client.PeekAsync("data: first");

        if (withReset)
            client.Reset();
        else
            client.Dispose();

        await Eventually.HoldsAsync(() => gateway.Rooms.Requests.Count == 0);
        Assert.Equal(1, await gateway.MetricAsync("bascule_http_requests_total", "reason=\"none\"", "route=\"events\"", "status_class=\"2xx\""));
        Assert.Equal(1, await gateway.MetricAsync("bascule_http_requests_total"));
    }
}
