namespace Bascule.Gateway.Tests;

/// <summary>HEAD on the admin listener: checkers of platforms ask so.</summary>
public sealed class HeadRequestTests : GatewayTest
{
    [Theory]
    [InlineData("/livez")]
    [InlineData("/readyz")]
    [InlineData("/metrics")]
    [InlineData("/nothing")]
    [InlineData("/api/pools")]
    public async Task Head_says_what_get_says_but_for_the_body(string path)
    {
        await StartAsync();
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add("Authorization", $"Bearer {TestGateway.AdminToken}");

        using var get = await client.GetAsync(new Uri(Gateway.AdminUrl, path));
        using var request = new HttpRequestMessage(HttpMethod.Head, new Uri(Gateway.AdminUrl, path));
        using var head = await client.SendAsync(request);

        Assert.Equal((get.StatusCode, get.Content.Headers.ContentType), (head.StatusCode, head.Content.Headers.ContentType));
        Assert.True(head.Content.Headers.ContentLength > 0);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Other_methods_are_told_which_there_are()
    {
        await StartAsync();
        using var client = new HttpClient();

        using var answer = await client.PostAsync(new Uri(Gateway.AdminUrl, "/livez"), null);

        Assert.Equal((405, "GET, HEAD"), ((int)answer.StatusCode, string.Join(", ", answer.Content.Headers.Allow)));
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }
}
