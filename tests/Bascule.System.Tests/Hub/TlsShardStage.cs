using System.Net.Http.Headers;
using System.Text.Json;
using Bascule.Admission;

namespace Bascule.System.Tests;

/// <summary>Two shards behind a gateway with and without TLS, for users with tokens.</summary>
public sealed class TlsShardStage : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private GatewayProcess? _gateway;

    internal GatewayProcess Gateway => _gateway!;

    public async ValueTask InitializeAsync() => _gateway = await ShardedGateway.StartAsync(
        shards: 2,
        slots: 100,
        rest: TestToken.Auth + """
            , "routes": [{ "name": "feed", "path": "/feed", "auth": "required", "topics": ["*"] }, { "name": "post", "path": "/post", "auth": "none", "topics": ["*"], "publish": ["*"] }]
            """,
        listeners: await ListenersAsync(_folder));

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        _folder.Dispose();
    }

    internal static async Task<string> ListenersAsync(TestFolder folder)
    {
        var (certificate, key) = await TestCertificate.WriteAsync(folder);
        return $$"""["http://127.0.0.1:0", { "url": "https://127.0.0.1:0", "certificate": {{JsonSerializer.Serialize(certificate)}}, "certificateKey": {{JsonSerializer.Serialize(key)}} }]""";
    }

    internal static string Token(string user, params string[] read)
    {
        using var key = SigningKey.FromSecret(ClientStage.Secret);
        return TokenIssuer.Issue(new TokenRequest { Subject = user, Lifetime = TimeSpan.FromMinutes(30), Read = read.Length == 0 ? null : read }, key, TimeProvider.System);
    }

    internal Task<HubSocket> ConnectAsync(string user, string scheme, bool http2, string query = "")
    {
        var origin = Gateway.PublicUrls.Single(url => url.StartsWith(scheme + ":", StringComparison.Ordinal));
        return HubSocket.ConnectAsync($"ws{origin["http".Length..]}/feed{query}", Token(user), http2);
    }

    /// <summary>A new token for an open connection, beside it.</summary>
    internal async Task RenewAsync(string attempt, string token)
    {
        using var http = new HttpClient();
        using var order = new HttpRequestMessage(HttpMethod.Post, $"{Gateway.PublicUrls[0]}/api/connections/{attempt}/token");
        order.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await http.SendAsync(order).Soon(Gateway.Process.Report);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}
