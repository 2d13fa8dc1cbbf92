using System.Text.Json;
using System.Text.Json.Nodes;
using Bascule.Storage.Tests;

namespace Bascule.System.Tests;

/// <summary>Three gateways with one storage, each with a host of its own: any of them serves any session (A3, A4).</summary>
public abstract class ThreeGateways<TEngine>
    where TEngine : StoreEngine, new()
{
    private const string Secret = "what three gateways of these tests share";

    [Fact]
    public async Task A_session_of_one_gateway_is_attached_through_another_listed_on_the_third_and_deleted_there()
    {
        await using var engine = new TEngine();
        await engine.InitializeAsync();
        using var folder = new TestFolder();
        var secret = folder.File("secret");
        await File.WriteAllTextAsync(secret, Secret, TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(secret, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var token = TestToken.Of("ann");
        Task<KeptGateway> StartAsync(string name) => KeptGateway.StartAsync(folder.File(name), $$"""
            "storage": "{{engine.Address}}",
            {{TestToken.Auth}},
            "sessions": { "secretFile": {{JsonSerializer.Serialize(secret)}}, {{KeptGateway.Profiles}} }
            """, token);
        await using var first = await StartAsync("first");
        await using var second = await StartAsync("second");
        await using var third = await StartAsync("third");

        var session = await first.CreateAsync("any", "sh", "-c", "stty -echo; echo ready; read word; echo \"it was $word\"; read end");
        var reader = new FaithfulReader(hello => second.AttachAsync(session, hello, token));
        var socket = await reader.ConnectAsync();
        await reader.ReadAsync("ready\r\n".Length);
        await socket.TypeAsync("typed elsewhere\r");
        await reader.ReadAsync("it was typed elsewhere\r\n".Length);
        var listed = JsonNode.Parse((await third.SendAsync(HttpMethod.Get, "/api/sessions")).Answer)!;
        var (status, answer) = await third.SendAsync(HttpMethod.Delete, $"/api/sessions/{session}");

        Assert.Equal("ready\r\nit was typed elsewhere\r\n", reader.Text);
        Assert.Contains(session, listed.ToJsonString(), StringComparison.Ordinal);
        Assert.True(status is 200 or 202 or 204, $"{status} {answer}");
        await reader.ReadAsync(1);
        Assert.Equal("deleted", (string?)reader.Exit!["cause"]);
        await Waiting.UntilAsync(() => Task.FromResult(SessionProcesses.Of(session)), n => n == 0, first.Process.Report);
        Assert.Equal("deleted", (string?)(await second.StateAsync(session, "ended"))["end"]!["label"]);
    }
}

[Trait("Part", "sessions")]
public sealed class ThreeGatewaysOnPostgresTests : ThreeGateways<PostgresEngine>;

[Trait("Part", "sessions")]
public sealed class ThreeGatewaysOnRedisTests : ThreeGateways<RedisEngine>;
