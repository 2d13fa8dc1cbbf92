using System.Text;
using Bascule.Settings;

namespace Bascule.Hub.Kafka.Tests;

/// <summary>What clients publish to Kafka.</summary>
public sealed class PublisherTests
{
    private static readonly KafkaTopicSettings Prices = new() { Name = "prices", To = "prices.{key}", Publish = true };
    private static readonly KafkaTopicSettings News = new() { Name = "news", Publish = true };

    [Fact]
    public async Task What_is_published_is_acknowledged_with_the_place_where_it_is_read()
    {
        await using var stage = await KafkaStage.StartAsync(("prices", 3), ("news", 1));
        stage.Read(Prices, News);
        await stage.CaughtUpAsync();
        var publisher = stage.Publisher(Prices, News);

        var published = new List<KafkaPublished>();
        for (var n = 0; n < 20; n++)
            published.Add(await publisher.PublishAsync($"prices.k{n}", null, Encoding.UTF8.GetBytes($"{n}"), default));
        published.Add(await publisher.PublishAsync("news", "de", "hello"u8.ToArray(), default));
        await stage.Sink.UntilAsync(s => s.Count == 21);

        Assert.All(published, p => Assert.Null(p.Fault));
        Assert.Equal(stage.Sink.Messages.Select(m => m.Position).Order(ByPlace), published.Select(p => p.At!.Value).Order(ByPlace));
        Assert.Contains(stage.Sink.Messages, m => m is { Topic: "prices.k7", Key: "k7" });
        Assert.Contains(stage.Sink.Messages, m => m is { Topic: "news", Key: "de" });
    }

    [Fact]
    public async Task Only_topics_with_the_right_are_taken()
    {
        await using var stage = await KafkaStage.StartAsync(("prices", 1));
        var publisher = stage.Publisher(Prices, News with { Publish = false });

        Assert.True(publisher.Takes("prices.eur"));
        Assert.False(publisher.Takes("prices."));
        Assert.False(publisher.Takes("news"));
        var refused = await publisher.PublishAsync("news", null, new byte[1], default);
        Assert.Equal((PublishFault.NotPublishable, "No Kafka topic with publish: true stands behind news."), (refused.Fault!.Value, refused.Detail));
        var mismatch = await publisher.PublishAsync("prices.eur", "usd", new byte[1], default);
        Assert.Equal(PublishFault.KeyMismatch, mismatch.Fault);
    }

    [Fact]
    public async Task Before_a_source_found_the_topic_it_is_written_without_a_place()
    {
        await using var stage = await KafkaStage.StartAsync(("news", 1));

        Assert.Equal(new KafkaPublished(null, null, null), await stage.Publisher(News).PublishAsync("news", null, new byte[1], default));
    }

    [Fact]
    public async Task While_brokers_are_away_the_fault_says_so_and_later_it_works_again()
    {
        await using var stage = await KafkaStage.StartAsync(("news", 1));
        stage.Options["message.timeout.ms"] = "500";
        var publisher = stage.Publisher(News);
        await stage.Brokers.AllDownAsync();
        Assert.Equal(PublishFault.Away, (await publisher.PublishAsync("news", null, "lost"u8.ToArray(), default)).Fault);

        await stage.Brokers.AllUpAsync();
        KafkaPublished published;
        do
            published = await publisher.PublishAsync("news", null, "back"u8.ToArray(), default);
        while (published.Fault == PublishFault.Away); // until it found the brokers again

        Assert.Null(published.Fault);
    }

    [Fact]
    public async Task What_waits_is_bounded()
    {
        await using var stage = await KafkaStage.StartAsync(("news", 1));
        stage.Options["queue.buffering.max.messages"] = "10";
        var publisher = stage.Publisher(News);
        await stage.Brokers.AllDownAsync();

        var waiting = Enumerable.Range(0, 10).Select(_ => publisher.PublishAsync("news", null, new byte[1], default)).ToList();
        var refused = await publisher.PublishAsync("news", null, new byte[1], default);
        await stage.Brokers.AllUpAsync();

        Assert.Equal(PublishFault.QueueFull, refused.Fault);
        Assert.All(await Task.WhenAll(waiting), p => Assert.Null(p.Fault));
    }

    [Fact]
    public async Task A_message_above_the_limit_is_too_big_and_a_refused_one_says_so()
    {
        await using var stage = await KafkaStage.StartAsync(("news", 1));
        var publisher = stage.Publisher(News);

        Assert.Equal(PublishFault.TooBig, (await publisher.PublishAsync("news", null, new byte[2_000_000], default)).Fault);
        const int produce = 0, topicAuthorizationFailed = 29;
        await stage.Brokers.FailAsync(produce, topicAuthorizationFailed, 1);
        Assert.Equal(PublishFault.Refused, (await publisher.PublishAsync("news", null, new byte[1], default)).Fault);
        KafkaPublished again;
        do
            again = await publisher.PublishAsync("news", null, new byte[1], default);
        while (again.Fault == PublishFault.Refused); // until the client library asked about the topic anew
        Assert.Null(again.Fault);
    }

    [Fact]
    public async Task Who_stops_waiting_is_let_go()
    {
        await using var stage = await KafkaStage.StartAsync(("news", 1));
        var publisher = stage.Publisher(News);
        await stage.Brokers.AllDownAsync();
        using var stop = new CancellationTokenSource();

        var published = publisher.PublishAsync("news", null, new byte[1], stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => published);
        await stage.Brokers.AllUpAsync();
    }

    private static Comparer<Position> ByPlace { get; } =
        Comparer<Position>.Create((a, b) => (a.Log.Value, a.Partition, a.Offset).CompareTo((b.Log.Value, b.Partition, b.Offset)));
}
