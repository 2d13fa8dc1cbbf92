using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Bascule.Admission.Tests;

/// <summary>An issuer on the loopback: serves a JWK set over real HTTP, and counts how often it is asked.</summary>
internal sealed class KeyServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _requests;

    private KeyServer(WebApplication app) => _app = app;

    internal string Url => _app.Urls.First() + "/keys";

    internal int Requests => Volatile.Read(ref _requests);

    /// <summary>What it answers.</summary>
    internal Func<HttpContext, Task> Answer { get; set; } = _ => Task.CompletedTask;

    internal static async Task<KeyServer> StartAsync(params (string? Id, RSA Key)[] keys)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new KeyServer(builder.Build());
        server._app.Run(async context =>
        {
            Interlocked.Increment(ref server._requests);
            await server.Answer(context);
        });
        server.Serve(keys);
        await server._app.StartAsync();
        return server;
    }

    internal void Serve(params (string? Id, RSA Key)[] keys) => Serve(Set(keys));

    internal void Serve(string body) => Answer = context => context.Response.WriteAsync(body);

    internal static string Set(params (string? Id, RSA Key)[] keys) =>
        new JsonObject { ["keys"] = new JsonArray([.. keys.Select(k => (JsonNode)Jwk(k.Id, k.Key))]) }.ToJsonString();

    internal static JsonObject Jwk(string? id, RSA key)
    {
        var numbers = key.ExportParameters(false);
        var jwk = new JsonObject { ["kty"] = "RSA", ["use"] = "sig", ["n"] = TestTokens.Part(numbers.Modulus!), ["e"] = TestTokens.Part(numbers.Exponent!) };
        if (id is not null)
            jwk["kid"] = id;
        return jwk;
    }

    /// <summary>A token for alice that the issuer signed with this key.</summary>
    internal static string Sign(string? id, RSA key)
    {
        var header = new JsonObject { ["alg"] = "RS256" };
        if (id is not null)
            header["kid"] = id;
        var input = $"{TestTokens.Part(header.ToJsonString())}.{TestTokens.Part("""{"sub":"alice"}""")}";
        return $"{input}.{TestTokens.Part(key.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
