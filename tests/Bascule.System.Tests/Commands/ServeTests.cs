using Bascule.Model;

namespace Bascule.System.Tests;

/// <summary>What <c>serve</c> and <c>explain</c> say when they cannot do their work, and the exit codes that scripts rely on.</summary>
public sealed class ServeTests : IDisposable
{
    private readonly TestFolder _folder = new();

    [Fact]
    public async Task A_dreadful_configuration_is_told_with_all_its_faults()
    {
        var config = await WriteAsync("""
            {
              "listen": { "public": ["http://127.0.0.1:0", "ftp://nowhere"], "admin": "http://127.0.0.1:0" },
              "heartbeet": { "interval": "25s" },
              "heartbeat": { "interval": "soon", "timeout": "75s" },
              "pools": { "empty": { "nodes": [] } },
              "routes": [
                { "name": "open", "path": "/open", "pool": "empty" },
                { "name": "lost", "path": "/lost", "auth": "none", "pool": "emty" },
                { "name": "guarded", "path": "/guarded", "auth": "required", "pool": "empty" }
              ]
            }
            """);
        var serve = await BasculeCommand.RunAsync("serve", "--config", config);
        Assert.Equal(1, serve.ExitCode);
        Assert.All(
            (string[])["listen.public.1.url", "heartbeet", "heartbeat.interval", "pools.empty.nodes", "routes.0.auth", "routes.1.pool", "routes.2.auth"],
            path => Assert.Contains($"{path} ", serve.Words, StringComparison.Ordinal));
        Assert.Contains("7 faults in the configuration.", serve.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        await using var echo = await BackendProcess.EchoAsync("py");
        var config = await WriteAsync(Good(new Uri(echo.Url).Port));
        var serve = await BasculeCommand.RunAsync("serve", "--config", config);
        Assert.Equal(69, serve.ExitCode);
        Assert.Contains($"{new Uri(echo.Url).Authority}", serve.Words, StringComparison.Ordinal);
        Assert.DoesNotContain(" at Bascule.", serve.Words, StringComparison.Ordinal);
        Assert.Contains("listen.public.0.url", serve.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_without_a_gateway_says_that_nobody_answers()
    {
        // Port 1 is nobody's: binding it takes a privilege, and no service uses it.
        var explain = await BasculeCommand.RunAsync("explain", $"{AttemptId.New()}", "--url", "http://127.0.0.1:1");
        Assert.Equal(69, explain.ExitCode);
        Assert.Contains("127.0.0.1:1 cannot be asked", explain.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_of_what_is_no_id_says_what_an_id_is()
    {
        var explain = await BasculeCommand.RunAsync("explain", "4bf92f3577");
        Assert.Equal(64, explain.ExitCode);
        Assert.Contains("\"4bf92f3577\" is no attempt id: 32 hexadecimal digits or a UUID.", explain.Words, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static string Good(int port) => $$"""
        {
          "listen": { "public": ["http://127.0.0.1:{{port}}"], "admin": "off", "adminToken": "of no use here" },
          "pools": { "one": { "nodes": ["http://127.0.0.1:1"] } },
          "routes": [{ "name": "all", "path": "/*", "auth": "none", "pool": "one" }]
        }
        """;

    private async Task<string> WriteAsync(string config)
    {
        var path = _folder.File("bascule.json");
        await File.WriteAllTextAsync(path, config);
        return path;
    }
}
