using System.Text;
using Bascule.Admission;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>Secrets that clients and operators bring are in nothing that the gateway writes: logs, metrics, audit, explanations, what the collector gets.</summary>
[Collection(nameof(Tracers))]
public sealed class RedactionTests : IAsyncLifetime
{
    /// <summary>In every secret: no honest text has it.</summary>
    private const string Mark = "m4rk3d-s3cr3t";

    private readonly string _folder = Directory.CreateTempSubdirectory("bascule-redaction-").FullName;
    private readonly FormattedLog _log = new();
    private readonly RawBackend _backend = new();
    private Collector _collector = null!;
    private TestGateway _gateway = null!;

    private string AuditPath => Path.Combine(_folder, "audit.ndjson");

    public async ValueTask InitializeAsync()
    {
        _collector = await Collector.StartAsync();
        _gateway = await TestGateway.StartAsync(Configured.For(_backend.Url) with
        {
            Audit = new AuditSettings { File = AuditPath },
            Telemetry = new TelemetrySettings { Otlp = _collector.Url, OtlpHeaders = [$"X-Key={Mark}-otlp"], TraceRatio = 1 },
        }, also: _log);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _collector.DisposeAsync();
        _backend.Dispose();
        _log.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task No_secret_is_in_anything_that_is_written()
    {
        var attempts = new List<string>();
        foreach (var ask in Refused())
            attempts.Add((await _gateway.AnswerAsync(ask)).Field("X-Bascule-Attempt")!);
        attempts.Add(await BeSentElsewhereAsync());
        attempts.Add(await TalkAsync());
        await _gateway.GetAsync(_gateway.AdminUrl, "/metrics", $"Authorization: Bearer {Mark}-admin");
        _gateway.Rooms.Audit.Write(AuditEntries.Acted(
            new AdminAct("ops", "act", "revoke_token", $"token={Mark}-target", $"leaked: Bearer {Mark}-why", "127.0.0.1:1"), _gateway.Clock.GetUtcNow()));

        var written = await EverythingAsync(attempts);

        // Each was really there and really looked at.
        Assert.All(written, w => Assert.True(w.Text.Length > 500, $"{w.Place} has only: {w.Text}"));
        Assert.Contains("websocket connection", written.Single(w => w.Place == "collector").Text, StringComparison.Ordinal);
        Assert.Contains("\"kind\":\"connection_ended\"", written.Single(w => w.Place == "audit").Text, StringComparison.Ordinal);
        Assert.All(written, w => Assert.False(w.Text.Contains(Mark, StringComparison.OrdinalIgnoreCase), $"{w.Place}: {Around(w.Text, Mark)}"));
        // Of a JSON Web Token the mark cannot be seen, but its beginning.
        Assert.All(written, w => Assert.False(w.Text.Contains("eyJ", StringComparison.Ordinal), $"{w.Place}: {Around(w.Text, "eyJ")}"));
    }

    /// <summary>Every place where a client may carry a secret, good or bad.</summary>
    private IEnumerable<Ask> Refused()
    {
        var foreign = Tokens.With(_gateway.Clock, new TokenRequest { Subject = Mark }, "a key of somebody else, long enough");
        yield return new Ask("/guarded").With($"Authorization: Bearer {foreign}", $"Cookie: session={Mark}-cookie");
        yield return new Ask($"/guarded?token={foreign}&a=1");
        yield return new Ask($"/guarded?%74oken={Mark}-query&ticket={Mark}-ticket&access_token={Mark}-access");
        yield return new Ask("/guarded").Set("Sec-WebSocket-Protocol", $"chat, bearer.{Mark}-subprotocol");
        yield return new Ask("/guarded").Set("Sec-WebSocket-Protocol", $"chat, bearer.{foreign}").AsBrowser() with { Target = "/nowhere" };
        yield return new Ask("/guarded").With($"Authorization: Basic {Mark}-basic", $"Proxy-Authorization: Basic {Mark}-proxy", $"X-Api-Key: {Mark}-key");
        yield return Ask.Plain($"/guarded?token={Mark}-http").With($"Cookie: session={Mark}-cookie");
        yield return new Ask($"/guarded?ticket={Mark}-ticket").ForKestrel();
        yield return Ask.Plain($"/nowhere?token={foreign}").With($"Authorization: Bearer {Mark}-nowhere");
    }

    /// <summary>A back end that redirects to an address with a token in it, and sets a cookie.</summary>
    private async Task<string> BeSentElsewhereAsync()
    {
        var client = await _gateway.SendAsync(new Ask("/ws"));
        using var wire = await _backend.AnswerAsync(
            $"HTTP/1.1 302 Found\r\nLocation: https://login.test/?token={Mark}-location\r\nSet-Cookie: id={Mark}-set\r\nWWW-Authenticate: Bearer {Mark}-challenge\r\nContent-Length: 0\r\n\r\n");
        return (await client.ReadAnswerAsync()).Field("X-Bascule-Attempt")!;
    }

    /// <summary>A connection with good credentials and secret messages both ways, which ends.</summary>
    private async Task<string> TalkAsync()
    {
        var good = Tokens.Good(_gateway.Clock);
        var client = await _gateway.SendAsync(new Ask($"/guarded?token={good}&api_key={Mark}-ticket").With($"Cookie: session={Mark}-cookie"));
        var backend = _gateway.Keep(await _backend.UpgradeAsync());
        var attempt = (await client.ReadAnswerAsync()).Field("X-Bascule-Attempt")!;
        await client.SendTextAsync($"{Mark}-message", masked: true);
        await backend.ReadFrameAsync();
        await backend.SendTextAsync($"{Mark}-answer", masked: false);
        await client.ReadFrameAsync();
        // A frame that RFC 6455 forbids: what is said of it must not quote it.
        await client.SendAsync(Encoding.ASCII.GetBytes($"\xff{Mark}-garbage"));
        await client.ReadCloseAsync();
        client.Dispose();
        backend.Dispose();
        await _gateway.Log.EndOfAsync(attempt);
        await Eventually.HoldsAsync(() => _gateway.Rooms.Sweep.Count == 0);
        return attempt;
    }

    private async Task<IReadOnlyList<(string Place, string Text)>> EverythingAsync(IReadOnlyList<string> attempts)
    {
        var metrics = await _gateway.AdminAsync("/metrics");
        var explained = new StringBuilder();
        foreach (var attempt in attempts)
            explained.Append(await _gateway.AdminAsync($"/api/attempts/{attempt}")).Append((await _gateway.GetAsync($"/_bascule/explain/{attempt}")).Body);
        // The end of the gateway writes what still waits.
        await _gateway.DisposeAsync();
        return
        [
            ("metrics", metrics), ("explanations", explained.ToString()), ("log as lines", _log.Text("bascule")), ("log as JSON", _log.Text("json")),
            ("audit", await File.ReadAllTextAsync(AuditPath)), ("collector", string.Concat(_collector.Got.Select(e => Encoding.UTF8.GetString(e.Body)))),
        ];
    }

    private static string Around(string text, string part) => text.IndexOf(part, StringComparison.OrdinalIgnoreCase) is >= 0 and var at ? text[Math.Max(0, at - 150)..Math.Min(text.Length, at + 60)] : "";
}
