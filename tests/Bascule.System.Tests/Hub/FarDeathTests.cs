using Bascule.Model;

namespace Bascule.System.Tests;

/// <summary>A shard on another machine that dies, or stops as it should.</summary>
public sealed class FarDeathTests
{
    [Theory]
    [InlineData("KILL", 4502, "backend_lost")]
    [InlineData("TERM", 4600, "draining")]
    public async Task Its_clients_are_told_why_and_find_the_other_one_where_nothing_is_missing(string signal, int code, string label)
    {
        var stage = new FarStage();
        await using var _ = stage;
        await stage.InitializeAsync();
        using var client = await stage.ConnectAsync("ann");
        var cursor = await client.SubscribeAsync("news");
        var far = await stage.ServerOfAsync(client.Attempt);

        far.Process.Signal(signal);

        while (await client.ReceiveAsync() is { } message)
            Assert.Equal("goodbye", (string?)message["type"]);
        Assert.Equal(code, client.Close.Code);
        Assert.Contains($"{label}; retry=", client.Close.Reason, StringComparison.Ordinal);
        Assert.Contains(client.Attempt, client.Close.Reason, StringComparison.Ordinal);
        Assert.True(AttemptId.TryParse(client.Attempt, out var attempt));
        await Waiting.UntilAsync(() => stage.Gateway.ExplainAsync(attempt), explanation => ElsewhereTests.ReasonAndNode(explanation).Reason == label, stage.Gateway.Process.Report);

        await stage.PublishAsync("\"missed\"");
        for (var tries = 0; tries < FarStage.SlotsPerShard; tries++)
        {
            using var again = await stage.ConnectAsync("ann");
            Assert.NotEqual(far, await stage.ServerOfAsync(again.Attempt, stage.Far.Where(other => other != far)));
            await again.SendAsync($$"""{"type":"subscribe","id":1,"topic":"news","cursor":"{{cursor}}"}""");
            await again.ReceiveAsync("subscribed");
            Assert.Equal("missed", (string?)(await again.ReceiveAsync("message"))["data"]);
        }

        await stage.Gateway.ShardsAsync(answer => answer["shards"]!.AsArray().Count(shard => (string?)shard!["state"] != "up") == 1);
    }
}
