using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Hub.Kafka.Tests;

/// <summary>Brokers go away and come back, or were never there.</summary>
public sealed class OutageTests
{
    private static readonly KafkaTopicSettings News = new() { Name = "news" };

    [Fact]
    public async Task After_all_brokers_were_away_everything_comes_once_and_in_order()
    {
        await using var stage = await KafkaStage.StartAsync(("news", 3));
        stage.Read(News);
        await stage.CaughtUpAsync();
        await stage.WriteAsync("news", Numbers(0, 1000));
        await stage.Sink.UntilAsync(s => s.Count == 1000);

        await stage.Brokers.AllDownAsync();
        await stage.Sink.UntilAsync(s => s.State is { IsConnected: false, Lag: null, Trouble: not null });
        var written = stage.WriteAsync("news", Numbers(1000, 2000)); // waits in the producer
        var away = stage.Sink.State!;
        await stage.Brokers.AllUpAsync();
        await written;
        await stage.Sink.UntilAsync(s => s.Count >= 2000 && s.State!.IsConnected);

        Assert.Equal(Enumerable.Range(0, 2000), stage.Sink.Texts.Select(int.Parse).Order());
        Assert.Empty(stage.Sink.Ended);
        Assert.Single(stage.Sink.Begun);
        Assert.Contains($"no broker of {stage.Brokers.Addresses} answers", away.Trouble, StringComparison.Ordinal);
        Assert.True(away.IsCaughtUp);
        Assert.True(stage.Sink.State!.Since > away.Since);
        Assert.Single(stage.Logger.Lines, l => l.Id.Name == "KafkaAway");
    }

    [Fact]
    public async Task While_one_broker_is_away_the_others_are_read_and_its_partitions_follow_their_new_leader()
    {
        await using var stage = await KafkaStage.StartAsync(("news", 3));
        for (var partition = 0; partition < 3; partition++)
            await stage.Brokers.LeaderAsync("news", partition, partition + 1);
        stage.Read(News);
        await stage.CaughtUpAsync();

        await stage.Brokers.DownAsync(2);
        await stage.Brokers.LeaderAsync("news", 1, 3);
        await stage.WriteAsync("news", Numbers(0, 600));
        await stage.Sink.UntilAsync(s => s.Count == 600);
        await stage.Brokers.UpAsync(2);
        await stage.Brokers.LeaderAsync("news", 1, 2);
        await stage.WriteAsync("news", Numbers(600, 1200));
        await stage.Sink.UntilAsync(s => s.Count >= 1200);

        Assert.Equal(Enumerable.Range(0, 1200), stage.Sink.Texts.Select(int.Parse).Order());
        Assert.Empty(stage.Sink.Ended);
    }

    [Fact]
    public async Task Brokers_that_come_after_the_gateway_are_found()
    {
        await using var stage = await KafkaStage.StartAsync(("news", 1));
        await stage.WriteAsync("news", Numbers(0, 10));
        await stage.Brokers.AllDownAsync();
        stage.Read(News);
        await stage.Sink.UntilAsync(s => s.State is { IsConnected: false, IsCaughtUp: false, Trouble: not null });

        await stage.Brokers.AllUpAsync();
        await stage.CaughtUpAsync();

        Assert.Equal(10, stage.Sink.Count);
        Assert.Null(stage.Sink.State!.Trouble);
    }

    [Theory]
    [InlineData("127.0.0.1:1", "Connection refused")]
    [InlineData("no-such-host.invalid:9092", "no-such-host.invalid")]
    public async Task A_wrong_address_is_told_once_and_tried_again(string brokers, string reason)
    {
        var sink = new RecordingSink();
        var logger = new RecordingLogger();
        var settings = new KafkaSettings { Brokers = brokers, Topics = [News] };
        await using var source = new KafkaSource(settings, TimeSpan.FromMinutes(1), sink, new KafkaLogs(), TimeProvider.System, logger)
        {
            Tuning = new KafkaTuning { RetryEvery = TimeSpan.FromMilliseconds(50), Patience = TimeSpan.FromMilliseconds(300) },
        };
        source.Start();
        await sink.UntilAsync(s => s.State?.Trouble?.Contains(reason, StringComparison.OrdinalIgnoreCase) == true);
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System); // many tries more

        Assert.False(source.State!.IsConnected);
        Assert.Equal(source.State, sink.State);
        Assert.StartsWith($"no broker of {brokers} answers", sink.State!.Trouble, StringComparison.Ordinal);
        Assert.Equal(["KafkaAway"], logger.Lines.Select(l => l.Id.Name));
        Assert.True(sink.States.Count < 10, $"{sink.States.Count} reports");
    }

    [Fact]
    public async Task An_option_that_librdkafka_does_not_know_is_told_once()
    {
        await using var stage = await KafkaStage.StartAsync();
        stage.Options["no.such.option"] = "1";
        stage.Read(News);

        await stage.Sink.UntilAsync(s => s.State?.Trouble?.Contains("no.such.option", StringComparison.Ordinal) == true);

        Assert.Single(stage.Logger.Lines, l => l.Id.Name == "KafkaRestarted");
        var published = await stage.Publisher(News with { Publish = true }).PublishAsync("news", null, new byte[1], default);
        Assert.Equal(PublishFault.Failed, published.Fault);
        Assert.Contains("no.such.option", published.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_library_the_state_says_what_to_install()
    {
        var fault = KafkaLibrary.FaultOf("librdkafka-that-is-not-here.so.1");
        Assert.Contains("librdkafka-that-is-not-here.so.1 is not on this machine", fault, StringComparison.Ordinal);
        Assert.Contains("apt-get install librdkafka1", fault, StringComparison.Ordinal);

        var sink = new RecordingSink();
        var logger = new RecordingLogger();
        var settings = new KafkaSettings { Brokers = "127.0.0.1:1", Topics = [News with { Publish = true }] };
        await using var source = new KafkaSource(settings, TimeSpan.FromMinutes(1), sink, new KafkaLogs(), TimeProvider.System, logger)
        {
            Tuning = new KafkaTuning { LibraryFault = () => fault },
        };
        source.Start();
        await using var publisher = new KafkaPublisher(settings, new KafkaLogs(), logger) { LibraryFault = () => fault };
        var published = await publisher.PublishAsync("news", null, new byte[1], default);

        Assert.Equal((false, true, fault), (sink.State!.IsConnected, sink.State.IsCaughtUp, sink.State.Trouble));
        Assert.Equal(sink.State, source.State);
        Assert.Equal([("KafkaOff", fault!)], logger.Lines.Select(l => (l.Id.Name!, l.Text)));
        Assert.Equal((PublishFault.Off, fault), (published.Fault!.Value, published.Detail));
    }

    [Fact]
    public async Task Disposing_ends_at_once_whether_brokers_are_there_or_not()
    {
        await using var stage = await KafkaStage.StartAsync(("news", 1));
        var source = stage.Read(News);
        await stage.CaughtUpAsync();
        await stage.Brokers.AllDownAsync();
        await stage.Sink.UntilAsync(s => s.State is { IsConnected: false });

        await source.DisposeAsync().AsTask().Soon();
    }

    private static IEnumerable<(string? Key, string? Value)> Numbers(int from, int to) => Enumerable.Range(from, to - from).Select(n => ((string?)$"k{n % 50}", (string?)$"{n}"));
}
