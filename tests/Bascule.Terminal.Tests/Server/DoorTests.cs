using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using Bascule.Testing;

namespace Bascule.Terminal.Tests;

/// <summary>Who comes in, and who does not.</summary>
public sealed class DoorTests
{
    private const string Secret = "a secret of the host";

    [Theory]
    [InlineData("v1/terminals")]
    [InlineData("v1/changes")]
    [InlineData("v1/terminals/s1")]
    [InlineData("v1/terminals/s1/result")]
    [InlineData("v1/terminals/s1/recording")]
    public async Task Without_the_secret_nothing_but_health_is_answered(string path)
    {
        await using var host = await TestHost.StartAsync(new SecretDoor(Secret));

        var without = await host.Http.GetAsync(path).Soon();
        host.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "another one entirely");
        var wrong = await host.Http.GetAsync(path).Soon();

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (without.StatusCode, wrong.StatusCode));
        Assert.Equal("Bearer", without.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task The_secret_opens_as_a_field_and_among_the_subprotocols()
    {
        await using var host = await TestHost.StartAsync(new SecretDoor(Secret));
        var id = host.Start("cat");
        using var byField = new ClientWebSocket();
        byField.Options.SetRequestHeader("Authorization", $"Bearer {Secret}");
        byField.Options.AddSubProtocol(TermProtocol.Term);
        using var bySubprotocol = new ClientWebSocket();
        bySubprotocol.Options.AddSubProtocol(TermProtocol.BearerPrefix + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Secret)));
        bySubprotocol.Options.AddSubProtocol(TermProtocol.Term);

        await byField.ConnectAsync(host.WebSocketUrl(id), CancellationToken.None).Soon();
        await bySubprotocol.ConnectAsync(host.WebSocketUrl(id), CancellationToken.None).Soon();

        Assert.Equal((TermProtocol.Term, TermProtocol.Term), (byField.SubProtocol, bySubprotocol.SubProtocol));
    }

    [Fact]
    public async Task An_upgrade_without_the_secret_ends_with_a_close_code_that_a_browser_can_read()
    {
        await using var host = await TestHost.StartAsync(new SecretDoor(Secret));
        await using var client = await host.AttachAsync(host.Start("cat"));

        Assert.Equal((4401, "not_authenticated; retry=never"), await client.ClosedAsync());
    }

    [Fact]
    public async Task Without_a_secret_a_page_of_another_site_does_not_come_in()
    {
        await using var host = await TestHost.StartAsync(new LoopbackDoor());
        var authority = host.Server.Url.Authority;

        Assert.Equal(HttpStatusCode.OK, await AskAsync("Origin", $"http://{authority}"));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync("Origin", "https://evil.example"));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync("Origin", "null"));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync("Host", "rebound.example"));

        async Task<HttpStatusCode> AskAsync(string field, string value)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "v1/terminals");
            request.Headers.TryAddWithoutValidation(field, value);
            return (await host.Http.SendAsync(request).Soon()).StatusCode;
        }
    }
}
