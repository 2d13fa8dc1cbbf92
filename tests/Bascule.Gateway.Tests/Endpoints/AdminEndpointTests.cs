using Bascule.Model;

namespace Bascule.Gateway.Tests;

/// <summary>The admin listener.</summary>
public sealed class AdminEndpointTests : GatewayTest
{
    [Theory]
    [InlineData("/livez", "alive")]
    [InlineData("/readyz", "ready")]
    public async Task Probes_need_no_token(string path, string word)
    {
        await StartAsync();

        var (answer, body) = await Gateway.GetAsync(Gateway.AdminUrl, path);

        Assert.Equal((200, word), ((int)answer.StatusCode, body.Trim()));
    }

    [Theory]
    [InlineData("/metrics", "")]
    [InlineData("/metrics", "Authorization: Bearer wrong")]
    [InlineData("/metrics", "Authorization: Basic " + TestGateway.AdminToken)]
    [InlineData("/api/attempts/0123456789abcdef0123456789abcdef", "")]
    [InlineData("/anything", "")]
    public async Task Everything_else_needs_the_token(string path, string field)
    {
        await StartAsync();

        var (answer, body) = await Gateway.GetAsync(Gateway.AdminUrl, path, field.Length == 0 ? [] : [field]);

        Assert.Equal(401, (int)answer.StatusCode);
        Assert.Contains("Bearer", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.Contains("Authorization: Bearer TOKEN", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_are_in_the_format_of_Prometheus()
    {
        await StartAsync();

        var (answer, body) = await Gateway.GetAsync(Gateway.AdminUrl, "/metrics", $"Authorization: Bearer {TestGateway.AdminToken}");

        Assert.Equal(("text/plain", true), (answer.Content.Headers.ContentType!.MediaType, body.Contains("# TYPE bascule_slots_limit gauge", StringComparison.Ordinal)));
        Assert.Equal(6000, await Gateway.MetricAsync("bascule_slots_limit", "pool=\"pool\""));
    }

    [Fact]
    public async Task An_attempt_that_is_not_known_and_what_is_no_id_are_told_apart()
    {
        await StartAsync();
        string[] token = [$"Authorization: Bearer {TestGateway.AdminToken}"];

        Assert.Equal(404, (int)(await Gateway.GetAsync(Gateway.AdminUrl, $"/api/attempts/{AttemptId.New()}", token)).Answer.StatusCode);
        Assert.Equal(400, (int)(await Gateway.GetAsync(Gateway.AdminUrl, "/api/attempts/42", token)).Answer.StatusCode);
        Assert.Equal(404, (int)(await Gateway.GetAsync(Gateway.AdminUrl, "/nothing", token)).Answer.StatusCode);
    }

    [Fact]
    public async Task Nothing_of_it_is_on_the_public_listener()
    {
        await StartAsync();

        foreach (var path in new[] { "/livez", "/readyz", "/metrics", "/api/attempts/0123456789abcdef0123456789abcdef" })
            Assert.Equal(404, (int)(await Gateway.GetAsync(path, $"Authorization: Bearer {TestGateway.AdminToken}")).Answer.StatusCode);
    }
}
