using System.Text.Json;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>What a monitor reads each second.</summary>
public sealed class StatusTests : GatewayTest
{
    [Fact]
    public async Task Attempts_connections_and_their_ends_are_counted_from_the_start()
    {
        await StartAsync();
        await Gateway.AnswerAsync(new Ask("/guarded"));
        var (client, backend) = await Gateway.JoinAsync(Backend);
        var before = await StatusAsync();

        client.Reset();
        backend.Dispose();
        await Eventually.HoldsAsync(() => Gateway.Rooms.Counters.Totals.Ended == 1);
        var after = await StatusAsync();

        Assert.Equal((1, 1, 1, 0), Counts(before));
        Assert.Equal((0, 1, 1, 1), Counts(after));
        Assert.Equal("[{\"reason\":\"token_missing\",\"by\":\"client\",\"count\":1}]", before.GetProperty("refusals").GetRawText());
        Assert.Equal(1, after.GetProperty("endings")[0].GetProperty("count").GetInt64());
        Assert.Equal((1, 1), (Route(before, "open").GetProperty("connections").GetInt32(), Route(before, "guarded").GetProperty("refused").GetInt32()));
        Assert.Equal(1, Route(after, "open").GetProperty("ended").GetInt32());
    }

    [Fact]
    public async Task The_process_is_told_in_plain_numbers()
    {
        await StartAsync();

        var status = await StatusAsync();

        var process = status.GetProperty("process");
        Assert.Equal(("ready", 1), (status.GetProperty("state").GetString(), status.GetProperty("generation").GetInt32()));
        Assert.True(process.GetProperty("memoryBytes").GetInt64() > 0 && process.GetProperty("cores").GetInt32() > 0 && process.GetProperty("cpuSeconds").GetDouble() > 0);
        Assert.Equal("[]", status.GetProperty("warnings").GetRawText());
    }

    [Fact]
    public async Task Messages_are_counted_once_a_second_and_requests_at_once()
    {
        await StartAsync();
        var counts = new Relay.DirectionCounts { Texts = 2, Binaries = 1, Pings = 7, Bytes = 300 };

        Gateway.Rooms.Counters.AddTraffic(new TrafficCounts(counts, counts with { Texts = 9 }));
        Gateway.Rooms.Counters.HttpRequestEnded("open", 200, null);
        var totals = (await StatusAsync()).GetProperty("totals");

        Assert.Equal((3, 10, 300, 1), (totals.GetProperty("messagesUp").GetInt64(), totals.GetProperty("messagesDown").GetInt64(),
            totals.GetProperty("bytesDown").GetInt64(), totals.GetProperty("httpRequests").GetInt64()));
    }

    [Fact]
    public async Task What_an_operator_should_know_is_a_warning()
    {
        await StartAsync(Settings with { Overload = new OverloadSettings { HandshakesInFlight = 1 } });
        using var handshake = Gateway.Rooms.Overload.Enter();
        await Gateway.Rooms.Reload.RunAsync("a test");
        await Gateway.OrderAsync("/api/node:drain");

        var warnings = (await StatusAsync()).GetProperty("warnings").EnumerateArray().ToDictionary(w => w.GetProperty("kind").GetString()!, w => w.GetProperty("text").GetString()!, StringComparer.Ordinal);

        Assert.Equal("The gateway is out of readiness: it starts, or an operator drains it.", warnings["notReady"]);
        Assert.Equal("New attempts are refused. Handshakes under way: 1.", warnings["overload"]);
        Assert.StartsWith("The configuration was not taken over at ", warnings["reload"]);
    }

    private async Task<JsonElement> StatusAsync() => JsonDocument.Parse(await Gateway.AdminAsync("/api/status")).RootElement;

    private static (int Connections, long Accepted, long Refused, long Ended) Counts(JsonElement status)
    {
        var totals = status.GetProperty("totals");
        return (totals.GetProperty("connections").GetInt32(), totals.GetProperty("accepted").GetInt64(), totals.GetProperty("refused").GetInt64(), totals.GetProperty("ended").GetInt64());
    }

    private static JsonElement Route(JsonElement status, string name) => status.GetProperty("routes").EnumerateArray().Single(r => r.GetProperty("name").GetString() == name);
}
