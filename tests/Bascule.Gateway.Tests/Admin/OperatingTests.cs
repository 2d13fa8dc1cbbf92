using System.Text.Json;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>What operators and platforms see as it happens: the stream of events, and readiness.</summary>
public sealed class OperatingTests : GatewayTest
{
    [Fact]
    public async Task Whoever_listens_hears_what_happens()
    {
        await StartAsync();
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add("Authorization", $"Bearer {TestGateway.AdminToken}");
        using var stream = new StreamReader(await http.GetStreamAsync(new Uri(Gateway.AdminUrl, "/api/events")).Soon());
        Assert.Equal(": listening", await stream.ReadLineAsync().Soon());

        var refused = (await Gateway.AnswerAsync(new Ask("/guarded"))).Field("X-Bascule-Attempt");
        var first = await NextAsync(stream);
        var (client, backend) = await Gateway.JoinAsync(Backend);
        var second = await NextAsync(stream);
        client.Reset();
        backend.Dispose();
        var third = await NextAsync(stream);
        await Gateway.OrderAsync("/api/pools/pool:drain");
        var fourth = await NextAsync(stream);

        Assert.Equal(("refused", refused, "token_missing"), (first.Name, Text(first, "attempt"), Text(first, "reason")));
        Assert.Equal(("opened", "open", Backend.Name), (second.Name, Text(second, "route"), Text(second, "node")));
        Assert.Equal(("ended", Text(second, "attempt")), (third.Name, Text(third, "attempt")));
        Assert.Equal(("node", "pool", Backend.Name), (fourth.Name, Text(fourth, "pool"), Text(fourth, "node")));
    }

    [Fact]
    public async Task A_quiet_stream_says_that_it_lives()
    {
        await StartAsync();
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add("Authorization", $"Bearer {TestGateway.AdminToken}");
        using var stream = new StreamReader(await http.GetStreamAsync(new Uri(Gateway.AdminUrl, "/api/events")).Soon());
        await stream.ReadLineAsync().Soon();
        await stream.ReadLineAsync().Soon();

        var line = stream.ReadLineAsync();
        await Eventually.HoldsAsync(() =>
        {
            Gateway.Time.Advance(TimeSpan.FromSeconds(1));
            return line.IsCompleted;
        });

        Assert.Equal(":", await line);
    }

    [Fact]
    public async Task A_gateway_that_is_drained_is_not_ready_until_it_is_undrained()
    {
        await StartAsync();
        await Gateway.OrderAsync("/api/node:drain");

        Assert.Equal((503, "not ready: the gateway is starting, draining or stopping"), await ReadyAsync());
        await Gateway.JoinAsync(Backend);
        await Gateway.OrderAsync("/api/node:undrain");

        Assert.Equal((200, "ready"), await ReadyAsync());
    }

    [Fact]
    public async Task A_log_that_cannot_be_written_is_told_and_takes_nobody_out_of_use()
    {
        var folder = Directory.CreateTempSubdirectory("bascule-ready-").FullName;
        File.CreateSymbolicLink(Path.Combine(folder, "audit.ndjson"), "/dev/full");
        await StartAsync(Settings with { Data = folder, Audit = new AuditSettings() });
        await Eventually.HoldsAsync(() => Gateway.Rooms.Audit.Fault is not null);

        var (status, text) = await ReadyAsync();

        Assert.Equal((200, $"ready\n{Gateway.Rooms.Audit.Fault}"), (status, text));
        await Gateway.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task<(int Status, string Text)> ReadyAsync()
    {
        var (answer, body) = await Gateway.GetAsync(Gateway.AdminUrl, "/readyz");
        return ((int)answer.StatusCode, body.TrimEnd());
    }

    private static async Task<(string Name, string Json)> NextAsync(StreamReader stream)
    {
        string? line;
        do
            line = await stream.ReadLineAsync().Soon();
        while (line is { Length: 0 } or ":");
        var data = await stream.ReadLineAsync().Soon();
        return (line!["event: ".Length..], data!["data: ".Length..]);
    }

    private static string? Text((string Name, string Json) seen, string name) => JsonDocument.Parse(seen.Json).RootElement.GetProperty(name).GetString();
}
