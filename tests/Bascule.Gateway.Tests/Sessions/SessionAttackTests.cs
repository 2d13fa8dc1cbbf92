using System.Text.Json;
using Bascule.Sessions;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>What somebody tries who knows the program: each is refused with its reason.</summary>
public sealed class SessionAttackTests
{
    [Theory]
    [InlineData("attacker.example:8666", 403)]
    [InlineData("127.0.0.1.attacker.example", 403)]
    [InlineData("localhost:8666", 201)]
    [InlineData("app.localhost", 201)]
    [InlineData("127.0.0.1:8666", 201)]
    [InlineData("[::1]:8666", 201)]
    public async Task Where_nobody_is_asked_who_he_is_no_page_comes_in_under_a_name_of_its_own(string host, int expected)
    {
        await using var bench = await SessionBench.StartAsync(s => s with { Auth = AuthPolicy.None, Profiles = s.Profiles.Where(p => p.Value.Roles.Count == 0).ToDictionary() });
        const string json = """{"profile":"shell"}""";
        var wire = bench.Gateway.Keep(await Wire.ConnectAsync(bench.Gateway.Url));

        await wire.SendAsync($"POST /api/sessions HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nContent-Type: application/json\r\nContent-Length: {json.Length}\r\n\r\n{json}");
        var answer = await wire.ReadAnswerAsync();
        var attaching = bench.Gateway.Keep(await Wire.ConnectAsync(bench.Gateway.Url));
        var record = await bench.PutAsync(SessionBench.Record(bench.Time) with { State = SessionState.Ended, End = SessionBench.End(bench.Time, SessionEndings.Exited, 0) });
        await attaching.SendAsync($"GET /ws/session/{record.Id}/ HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        var refused = await SessionBench.RefusedAsync(attaching);

        Assert.Equal(expected, answer.Status);
        Assert.Equal(expected == 403 ? "host_denied" : "session_over", refused.Label);
    }

    [Fact]
    public async Task The_same_name_in_another_tenant_is_another_user()
    {
        await using var bench = await SessionBench.StartAsync();
        var id = await bench.CreateAsync(bench.TokenIn("acme", "alice"));

        foreach (var other in new[] { bench.TokenIn("umbrella", "alice"), bench.TokenOf("alice") })
        {
            Assert.Equal(404, (await bench.CallAsync("GET", $"/api/sessions/{id}", other)).Status);
            Assert.Equal(404, (await bench.CallAsync("POST", $"/api/sessions/{id}/links", other, "{}")).Status);
            Assert.Equal("session_not_found", (await SessionBench.RefusedAsync(await bench.AttachAsync(id, other))).Label);
            Assert.Equal(0, (await bench.CallAsync("GET", "/api/sessions", other)).Body.GetProperty("sessions").GetArrayLength());
        }
    }

    [Theory]
    [InlineData("""{"profile":"shell","profile":"gam"}""", "profile")]
    [InlineData("""{"profile":"gam","command":["info"],"command":["drop"]}""", "command")]
    [InlineData("""{"profile":"gam","command":["info","a\u0000b"]}""", "control character")]
    [InlineData("""{"profile":"gam","command":["info",null]}""", "null")]
    [InlineData("""{"profile":"gam","commandText":"info \u0000"}""", "control character")]
    [InlineData("""{"profile":"shell","name":"a\nb"}""", "control character")]
    [InlineData("""{"profile":"shell","name":"a\u001b]0;b"}""", "control character")]
    [InlineData("""{"profile":"shell","columns":1e400}""", "columns")]
    [InlineData("""{"profile":"shell","columns":"wide"}""", "columns")]
    [InlineData("""{"profile":"shell","owner":"bob"}""", "owner")]
    [InlineData("""{"profile":"sh\nell"}""", "no profile")]
    public async Task An_order_that_is_meant_to_confuse_is_refused_with_what_is_wrong(string json, string words)
    {
        await using var bench = await SessionBench.StartAsync();

        var (status, body, answer) = await bench.CallAsync("POST", "/api/sessions", bench.TokenOf("alice"), json);

        Assert.Equal((400, "session_order_invalid"), (status, Label(body)));
        Assert.Contains(words, answer.Body);
        Assert.Empty(bench.Host.Terminals);
    }

    [Fact]
    public async Task Of_many_creations_at_once_no_more_than_the_quota_allows_are_done()
    {
        await using var bench = await SessionBench.StartAsync(s => s with { Quota = s.Quota with { PerUser = 5 } });
        var alice = bench.TokenOf("alice");

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => bench.CallAsync("POST", "/api/sessions", alice, """{"profile":"shell"}""")));

        Assert.Equal(5, answers.Count(a => a.Status == 201));
        Assert.Equal(195, answers.Count(a => a.Status == 429 && Label(a.Body) is "session_quota" or "session_rate"));
        Assert.Equal(5, (await bench.CallAsync("GET", "/api/sessions", alice)).Body.GetProperty("sessions").GetArrayLength());
    }

    private static string? Label(JsonElement problem) => problem.GetProperty("label").GetString();
}
