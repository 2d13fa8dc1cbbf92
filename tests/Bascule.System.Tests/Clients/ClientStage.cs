using System.Text.Json;

namespace Bascule.System.Tests;

/// <summary>One gateway, with and without TLS, before echo servers of two libraries, each with and without compression, and before a file server.</summary>
public sealed class ClientStage : IAsyncLifetime
{
    internal const string Secret = "a secret of the tests, long enough for HS256";

    private readonly TestFolder _folder = new();
    private readonly List<BackendProcess> _backends = [];
    private GatewayProcess? _gateway;

    internal GatewayProcess Gateway => _gateway!;

    /// <summary>For example <c>http://127.0.0.1:40123</c>.</summary>
    internal string PlainOrigin => Gateway.PublicUrls[0];

    /// <summary>Speaks HTTP/2 with whoever can.</summary>
    internal string TlsOrigin => Gateway.PublicUrls[1];

    public async ValueTask InitializeAsync()
    {
        var (certificate, key) = await TestCertificate.WriteAsync(_folder);
        var settings = $$"""
            "auth": { "jwt": { "keys": ["secret:{{Secret}}"] } },
            "pools": {
              "py-plain": { "nodes": ["{{await EchoAsync("py", "--no-deflate")}}"] },
              "py-deflate": { "nodes": ["{{await EchoAsync("py", "--deflate")}}"] },
              "mjs-plain": { "nodes": ["{{await EchoAsync("mjs", "--no-deflate")}}"] },
              "mjs-deflate": { "nodes": ["{{await EchoAsync("mjs", "--deflate")}}"] },
              "files": { "nodes": ["{{await KeepAsync(BackendProcess.FilesAsync())}}"] }
            },
            "routes": [
              { "name": "py-plain", "path": "/py-plain", "auth": "none", "pool": "py-plain" },
              { "name": "py-deflate", "path": "/py-deflate", "auth": "none", "pool": "py-deflate" },
              { "name": "mjs-plain", "path": "/mjs-plain", "auth": "none", "pool": "mjs-plain" },
              { "name": "mjs-deflate", "path": "/mjs-deflate", "auth": "none", "pool": "mjs-deflate" },
              { "name": "page", "path": "/page.html", "auth": "none", "pool": "files" },
              { "name": "script", "path": "/page.js", "auth": "none", "pool": "files" },
              { "name": "guarded", "path": "/guarded", "query": { "experience": ["wylding-woods"] }, "auth": "required", "pool": "py-plain" }
            ]
            """;
        var tls = $$"""{ "url": "https://127.0.0.1:0", "certificate": {{JsonSerializer.Serialize(certificate)}}, "certificateKey": {{JsonSerializer.Serialize(key)}} }""";
        _gateway = await GatewayProcess.StartAsync(settings, $"[\"http://127.0.0.1:0\", {tls}]");
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        foreach (var backend in _backends)
            await backend.DisposeAsync();
        _folder.Dispose();
    }

    private Task<string> EchoAsync(string library, string deflate) => KeepAsync(BackendProcess.EchoAsync(library, deflate, "--subprotocol", Scenario.Subprotocol));

    private async Task<string> KeepAsync(Task<BackendProcess> starting)
    {
        var backend = await starting;
        _backends.Add(backend);
        return backend.Url;
    }
}

/// <summary>Tests that share the gateway and the browser, one after the other.</summary>
[CollectionDefinition(nameof(ClientTests))]
public sealed class ClientTests : ICollectionFixture<ClientStage>, ICollectionFixture<Browser>;
