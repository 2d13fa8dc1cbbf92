using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bascule.Kubernetes.Fake;
using Bascule.Protocol;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>Sessions in pods that have no agent: clients come in through the API server's exec.</summary>
public sealed class LegacyPodTests : IAsyncDisposable
{
    private const string Space = "sessions";
    private const string Hello = """{"client":"a","columns":100,"rows":30,"from":5,"incarnation":"0"}""";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bascule-legacy-");
    private FakeCluster? _cluster;
    private TestGateway? _gateway;

    private TestGateway Gateway => _gateway ?? throw new InvalidOperationException("Start it first.");

    [Fact]
    public async Task A_terminal_client_gets_output_errors_and_exit_and_is_told_that_it_cannot_resume()
    {
        var client = await AttachAsync(await CreateAsync(), "bascule.term.v1");
        await client.SendFrameAsync(Opcode.Binary, [16, .. Encoding.UTF8.GetBytes(Hello)], masked: true);
        var (channel, attached) = await SessionBench.FrameAsync(client);
        while (channel == 21)
            (channel, attached) = await SessionBench.FrameAsync(client);
        await client.SendFrameAsync(Opcode.Binary, [0, .. "ann\n"u8], masked: true);

        var (frames, close) = await ReadAsync(client);

        using var first = JsonDocument.Parse(attached);
        Assert.Equal((17, 0, "write"), (channel, first.RootElement.GetProperty("last").GetInt32(), first.RootElement.GetProperty("role").GetString()));
        Assert.Equal([19, 19, 21], frames.Take(3).Select(f => (int)f[0]));
        Assert.Equal("got ann\n", Text(frames, 1, skip: 9));
        Assert.Equal("err\n", Text(frames, 2, skip: 9));
        Assert.Contains("\"code\":3", Encoding.UTF8.GetString(frames[^1].AsSpan(1)));
        Assert.Equal((20, 1000, "exited; retry=never"), (frames[^1][0], close.CloseCode, close.CloseReason));
    }

    [Fact]
    public async Task A_client_of_Kubernetes_sees_what_an_API_server_would_say()
    {
        var client = await AttachAsync(await CreateAsync(), "v5.channel.k8s.io");
        await client.SendFrameAsync(Opcode.Binary, [0, .. "ann\n"u8], masked: true);

        var (frames, close) = await ReadAsync(client);

        Assert.Equal([1], frames[0]);
        Assert.Equal(("got ann\n", "err\n"), (Text(frames[1..], 1, skip: 1), Text(frames, 2, skip: 1)));
        Assert.Contains("command terminated with non-zero exit code: 3", Encoding.UTF8.GetString(frames[^1]));
        Assert.Equal((3, 1000), (frames[^1][0], close.CloseCode));
    }

    [Fact]
    public async Task A_plain_client_reads_and_writes_text()
    {
        var client = await AttachAsync(await CreateAsync(), subprotocol: null);
        await client.SendTextAsync("ann\n", masked: true);

        var (frames, close) = await ReadAsync(client);

        Assert.Contains("got ann\n", string.Concat(frames.Select(Encoding.UTF8.GetString)));
        Assert.Equal("exited; code=3; retry=never", close.CloseReason);
    }

    [Fact]
    public async Task A_client_that_leaves_leaves_nothing_behind()
    {
        var client = await AttachAsync(await CreateAsync(), "v4.channel.k8s.io");

        await client.SendCloseAsync(1000, "", masked: true);
        await client.ReadCloseAsync();
        client.Finish();

        await Gateway.NothingIsLeftAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        if (_cluster is not null)
            await _cluster.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static string Text(IEnumerable<byte[]> frames, byte channel, int skip) => string.Concat(frames.Where(f => f[0] == channel).Select(f => Encoding.UTF8.GetString(f.AsSpan(skip))));

    private static async Task<(List<byte[]> Frames, WireFrame Close)> ReadAsync(Wire client)
    {
        List<byte[]> frames = [];
        while (true)
        {
            var frame = await client.ReadFrameAsync();
            if (frame.Opcode == Opcode.Close)
            {
                await client.SendCloseAsync(frame.CloseCode, "", masked: true);
                return (frames, frame);
            }

            if (frame.Opcode is Opcode.Binary or Opcode.Text)
                frames.Add(frame.Payload);
        }
    }

    /// <summary>A session whose pod runs.</summary>
    private async Task<string> CreateAsync()
    {
        _cluster = await FakeCluster.StartAsync();
        _cluster.Put("namespaces", null, new JsonObject { ["metadata"] = new JsonObject { ["name"] = Space } });
        var kubeconfig = Path.Combine(_folder.FullName, "config");
        await File.WriteAllTextAsync(kubeconfig, _cluster.Kubeconfig());
        var sessions = new SessionSettings
        {
            Runner = SessionRunnerKind.Kubernetes,
            Auth = AuthPolicy.None,
            Profiles = new Dictionary<string, SessionProfileSettings>(StringComparer.Ordinal) { ["tools"] = new() { Command = ["sh", "-c", "read x; echo got $x; echo err >&2; exit 3"], Tty = false, Image = "example/tools:1" } },
            Kubernetes = new SessionKubernetesSettings { Namespace = Space, Kubeconfig = kubeconfig, LegacyExec = true },
        };
        _gateway = await TestGateway.StartAsync(Configured.For("http://127.0.0.1:1") with { Data = _folder.FullName, Sessions = sessions }, TimeProvider.System);
        const string json = """{"profile":"tools"}""";
        var wire = Gateway.Keep(await Wire.ConnectAsync(Gateway.Url));
        await wire.SendAsync((Ask.Plain("/api/sessions") with { Method = "POST", Fields = ["Content-Type: application/json", $"Content-Length: {json.Length}"] }) + json);
        var id = JsonDocument.Parse((await wire.ReadAnswerAsync()).Body).RootElement.GetProperty("id").GetString()!;
        await Eventually.HoldsAsync(async () => (await Gateway.AdminAsync($"/api/sessions/{id}")).Contains("\"running\"", StringComparison.Ordinal));
        return id;
    }

    private async Task<Wire> AttachAsync(string id, string? subprotocol)
    {
        var ask = new Ask($"/ws/session/{id}/");
        var client = await Gateway.SendAsync(subprotocol is null ? ask : ask.With($"Sec-WebSocket-Protocol: {subprotocol}"));
        var answer = await client.ReadAnswerAsync();
        Assert.Equal((101, subprotocol), (answer.Status, answer.Field("Sec-WebSocket-Protocol")));
        return client;
    }
}
