using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bascule.Admission;
using Bascule.Protocol;
using Bascule.Sessions;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>A gateway with sessions, and the host in which they seem to run.</summary>
internal sealed class SessionBench : IAsyncDisposable
{
    internal const string Term = "Sec-WebSocket-Protocol: bascule.term.v1";

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("bascule-sessions-");
    private TestGateway? _gateway;
    private FakeHost? _host;
    private HeldStore? _store;

    internal TestGateway Gateway => _gateway ?? throw new InvalidOperationException("Start it first.");

    internal FakeHost Host => _host ?? throw new InvalidOperationException("Start it first.");

    internal HeldStore Store => _store ?? throw new InvalidOperationException("Start it first.");

    internal ManualTime Time => Gateway.Time;

    internal string DataFolder => _data.FullName;

    /// <summary>A shell for everyone, case A's commands, and something for operators.</summary>
    internal static SessionSettings Settings { get; } = new()
    {
        Profiles = new Dictionary<string, SessionProfileSettings>(StringComparer.Ordinal)
        {
            ["shell"] = new() { Command = ["bash", "-l"] },
            ["gam"] = new() { Prefix = ["gam"], Allow = ["info", "print users"], Tty = false },
            ["ops"] = new() { Command = ["top"], Roles = ["ops"] },
        },
        Quota = new SessionQuotaSettings { CreationRate = new RateSettings { Rate = "1000/s" } },
    };

    internal static async Task<SessionBench> StartAsync(Func<SessionSettings, SessionSettings>? change = null, Func<BasculeSettings, BasculeSettings>? also = null)
    {
        var bench = new SessionBench();
        var settings = Configured.For("http://127.0.0.1:1") with { Data = bench._data.FullName, Sessions = change is null ? Settings : change(Settings) };
        await bench.StartAsync(also is null ? settings : also(settings));
        return bench;
    }

    /// <summary>The same for a scenario of the catalogue, which starts the gateway itself.</summary>
    internal static async Task<SessionBench> StartHostAsync(ManualTime time)
    {
        var bench = new SessionBench { _store = new HeldStore(time) };
        bench._host = await FakeHost.StartAsync(Path.Combine(bench._data.FullName, SessionRunners.FolderName), time);
        return bench;
    }

    internal string TokenOf(string user, params string[] roles) => Tokens.With(Time, new TokenRequest { Subject = user, Roles = roles });

    internal string TokenIn(string tenant, string user) =>
        Tokens.With(Time, new TokenRequest { Subject = user, Claims = new Dictionary<string, JsonNode?>(StringComparer.Ordinal) { ["tenant"] = tenant } });

    /// <summary>What the public API answers to this user.</summary>
    internal async Task<(int Status, JsonElement Body, WireAnswer Answer)> CallAsync(string method, string path, string? token, string? json = null, params string[] fields)
    {
        var ask = Ask.Plain(path) with { Method = method, Fields = [.. fields] };
        if (token is not null)
            ask = ask.WithToken(token);
        if (json is not null)
            ask = ask.With("Content-Type: application/json", $"Content-Length: {Encoding.UTF8.GetByteCount(json)}");
        var wire = Gateway.Keep(await Wire.ConnectAsync(Gateway.Url));
        await wire.SendAsync(ask + json);
        var answer = await wire.ReadAnswerAsync();
        return (answer.Status, answer.Body.Length > 0 && answer.Body[0] is '{' ? JsonDocument.Parse(answer.Body).RootElement : default, answer);
    }

    /// <summary>Creates a session and waits until it runs.</summary>
    internal async Task<string> CreateAsync(string token, string json = """{"profile":"shell"}""")
    {
        var id = await BeginAsync(token, json);
        await UntilAsync(id, SessionState.Running);
        return id;
    }

    internal async Task<string> BeginAsync(string token, string json = """{"profile":"shell"}""")
    {
        var (status, body, answer) = await CallAsync("POST", "/api/sessions", token, json);
        Assert.True(status == 201, answer.Body);
        return body.GetProperty("id").GetString()!;
    }

    internal async Task UntilAsync(string id, SessionState state)
    {
        Assert.True(SessionId.TryParse(id, out var session));
        SessionRecord? record = null;
        try
        {
            await Eventually.HoldsAsync(async () => (record = await Store.FindAsync(session, CancellationToken.None))?.State == state);
        }
        catch (Exception) when (_gateway is not null)
        {
            Assert.Fail($"It is not {state} but {record}\n{string.Join('\n', Gateway.Log.All.Select(e => e.Text))}");
        }
    }

    /// <summary>A terminal client on its way to the session.</summary>
    internal Task<Wire> AttachAsync(string id, string? token, string query = "", params string[] fields)
    {
        var ask = new Ask($"/ws/session/{id}/{query}").With(fields.Length == 0 ? [Term] : fields);
        return Gateway.SendAsync(token is null ? ask : ask.WithToken(token));
    }

    /// <summary>The label of the problem with which an attempt is refused.</summary>
    internal static async Task<(int Status, string Label, string Detail)> RefusedAsync(Wire wire)
    {
        var answer = await wire.ReadAnswerAsync();
        var problem = JsonDocument.Parse(answer.Body).RootElement;
        return (answer.Status, problem.GetProperty("label").GetString()!, problem.TryGetProperty("detail", out var detail) ? detail.GetString()! : "");
    }

    /// <summary>The next frame: its channel, and the rest as text.</summary>
    internal static async Task<(byte Channel, string Text)> FrameAsync(Wire wire)
    {
        var frame = await wire.ReadFrameAsync();
        Assert.Equal(Opcode.Binary, frame.Opcode);
        return (frame.Payload[0], Encoding.UTF8.GetString(frame.Payload.AsSpan(1)));
    }

    /// <summary>A session in the store that no host knows.</summary>
    internal static SessionRecord Record(TimeProvider time, string? owner = null) => new()
    {
        Id = SessionId.New(), Version = 1, Owner = owner, Profile = "shell", Command = ["bash"], CreatedAt = time.GetUtcNow(), ExpiresAt = time.GetUtcNow().AddHours(8),
    };

    internal static SessionEnd End(TimeProvider time, SessionEnding ending, int? code = null) => new(ending.Label, "It was so.", time.GetUtcNow(), code);

    internal async Task<SessionRecord> PutAsync(SessionRecord record)
    {
        await Store.CreateAsync(record, new SessionQuota(1000, 1000), CancellationToken.None);
        return record;
    }

    public async ValueTask DisposeAsync()
    {
        // The host hangs up first: connections to it would wait for its close frame on a clock that stands still. Its process ends last: the gateway would start another one.
        if (_host is not null)
            await _host.HangUpAsync().Soon();
        if (_gateway is not null)
            await _gateway.DisposeAsync().AsTask().Soon();
        _host?.Dispose();
        _data.Delete(recursive: true);
    }

    private async Task StartAsync(BasculeSettings settings)
    {
        var time = new ManualTime();
        _store = new HeldStore(time);
        _host = await FakeHost.StartAsync(Path.Combine(_data.FullName, SessionRunners.FolderName), time);
        _gateway = await TestGateway.StartAsync(settings, time, sessions: _store);
    }
}
