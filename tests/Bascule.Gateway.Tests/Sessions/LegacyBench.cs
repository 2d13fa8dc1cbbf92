using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bascule.Kubernetes.Fake;
using Bascule.Protocol;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>A gateway whose sessions are pods without an agent, in a cluster that runs what an exec asks for.</summary>
internal sealed class LegacyBench : IAsyncDisposable
{
    internal const string Term = "bascule.term.v1";

    private const string Space = "sessions";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bascule-legacy-");
    private FakeCluster? _cluster;
    private TestGateway? _gateway;

    internal FakeCluster Cluster => _cluster ?? throw new InvalidOperationException("Start it first.");

    internal TestGateway Gateway => _gateway ?? throw new InvalidOperationException("Start it first.");

    internal static async Task<LegacyBench> StartAsync(SessionProfileSettings profile, bool knowsV5 = true)
    {
        var bench = new LegacyBench { _cluster = await FakeCluster.StartAsync(new FakeOptions { KnowsV5 = knowsV5 }) };
        bench.Cluster.Put("namespaces", null, new JsonObject { ["metadata"] = new JsonObject { ["name"] = Space } });
        var kubeconfig = Path.Combine(bench._folder.FullName, "config");
        await File.WriteAllTextAsync(kubeconfig, bench.Cluster.Kubeconfig());
        var sessions = new SessionSettings
        {
            Runner = SessionRunnerKind.Kubernetes,
            Auth = AuthPolicy.None,
            Profiles = new Dictionary<string, SessionProfileSettings>(StringComparer.Ordinal) { ["tools"] = profile with { Image = "example/tools:1" } },
            Kubernetes = new SessionKubernetesSettings { Namespace = Space, Kubeconfig = kubeconfig, LegacyExec = true },
        };
        var settings = Configured.For("http://127.0.0.1:1");
        bench._gateway = await TestGateway.StartAsync(settings with { Data = bench._folder.FullName, Sessions = sessions, Listen = settings.Listen with { Hosts = ["gateway.test"] } }, TimeProvider.System);
        return bench;
    }

    /// <summary>A session whose pod runs.</summary>
    internal async Task<string> CreateAsync()
    {
        const string json = """{"profile":"tools"}""";
        var (_, body) = await CallAsync("POST", "/api/sessions", json);
        var id = JsonDocument.Parse(body).RootElement.GetProperty("id").GetString()!;
        await Eventually.HoldsAsync(async () => (await Gateway.AdminAsync($"/api/sessions/{id}")).Contains("\"running\"", StringComparison.Ordinal));
        return id;
    }

    internal async Task<(int Status, string Body)> CallAsync(string method, string path, string json = "")
    {
        var wire = Gateway.Keep(await Wire.ConnectAsync(Gateway.Url));
        await wire.SendAsync((Ask.Plain(path) with { Method = method, Fields = ["Content-Type: application/json", $"Content-Length: {json.Length}"] }) + json);
        var answer = await wire.ReadAnswerAsync();
        return (answer.Status, answer.Body);
    }

    internal async Task<Wire> AttachAsync(string id, string? subprotocol, string query = "")
    {
        var ask = new Ask($"/ws/session/{id}/{query}");
        var client = await Gateway.SendAsync(subprotocol is null ? ask : ask.With($"Sec-WebSocket-Protocol: {subprotocol}"));
        var answer = await client.ReadAnswerAsync();
        Assert.Equal((101, subprotocol), (answer.Status, answer.Field("Sec-WebSocket-Protocol")));
        return client;
    }

    /// <summary>A client of <c>bascule.term.v1</c> that has said hello, and the frame that answers it.</summary>
    internal async Task<(Wire Client, JsonElement Attached)> GreetAsync(string id, int from = 0, string? incarnation = null)
    {
        var client = await AttachAsync(id, Term);
        await SendAsync(client, 16, $$"""{"client":"a","columns":100,"rows":30,"from":{{from}},"incarnation":{{JsonSerializer.Serialize(incarnation)}}}""");
        var (channel, attached) = await SessionBench.FrameAsync(client);
        while (channel == 21)
            (channel, attached) = await SessionBench.FrameAsync(client);
        Assert.Equal(17, channel);
        return (client, JsonDocument.Parse(attached).RootElement);
    }

    internal static Task SendAsync(Wire client, byte channel, string text) => client.SendFrameAsync(Opcode.Binary, [channel, .. Encoding.UTF8.GetBytes(text)], masked: true);

    /// <summary>The output until it has a text.</summary>
    internal static async Task<string> ReadUntilAsync(Wire client, string text)
    {
        var output = new StringBuilder();
        while (!output.ToString().Contains(text, StringComparison.Ordinal))
        {
            var frame = await client.ReadFrameAsync();
            Assert.Equal(Opcode.Binary, frame.Opcode);
            if (frame.Payload[0] == 1)
                output.Append(Encoding.UTF8.GetString(frame.Payload.AsSpan(9)));
        }

        return output.ToString();
    }

    /// <summary>All frames, and the close that is answered.</summary>
    internal static async Task<(List<byte[]> Frames, WireFrame Close)> ReadAsync(Wire client)
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

    /// <summary>What stands in the frames of a channel, behind so many bytes each.</summary>
    internal static string Text(IEnumerable<byte[]> frames, byte channel, int skip) => string.Concat(frames.Where(f => f[0] == channel).Select(f => Encoding.UTF8.GetString(f.AsSpan(skip))));

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        if (_cluster is not null)
            await _cluster.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
