using System.Diagnostics;
using System.Text;
using Bascule.Settings;

namespace Bascule.Hub.Kafka.Tests;

/// <summary>What a hub gets of topics that are there.</summary>
public sealed class ReadingTests
{
    [Fact]
    public async Task All_partitions_are_read_and_each_key_keeps_its_order()
    {
        await using var stage = await KafkaStage.StartAsync(("prices", 4));
        await stage.WriteAsync("prices", Numbered(0, 500));
        stage.Read(new KafkaTopicSettings { Name = "prices", To = "prices.{key}" });
        await stage.CaughtUpAsync();
        await stage.WriteAsync("prices", Numbered(500, 1000));

        await stage.Sink.UntilAsync(s => s.Count == 1000);

        Assert.True(stage.Sink.Messages.Select(m => m.Position.Partition).Distinct().Count() > 1);
        foreach (var key in stage.Sink.Messages.GroupBy(m => m.Key))
        {
            Assert.All(key, m => Assert.Equal("prices." + key.Key, m.Topic));
            var numbers = key.Select(m => int.Parse(Encoding.UTF8.GetString(m.Payload.Span)));
            Assert.Equal(Enumerable.Range(0, 1000).Where(n => $"k{n % 20}" == key.Key), numbers);
        }
    }

    [Fact]
    public async Task A_log_begins_with_its_first_offsets_before_any_message()
    {
        await using var stage = await KafkaStage.StartAsync(("prices", 2));
        await stage.WriteAsync("prices", Numbered(0, 100));
        stage.Read(new KafkaTopicSettings { Name = "prices", To = "prices.{key}" });
        await stage.CaughtUpAsync();

        var log = Assert.Single(stage.Sink.Begun);
        Assert.Equal(("kafka prices", "prices.*"), (log.Name, log.Feeds));
        Assert.Equal([0, 1], log.From.Keys.Order());
        Assert.All(log.From.Values, from => Assert.Equal(0, from));
        Assert.Equal(log.Id, stage.Logs.Of("prices"));
        Assert.Equal(100, stage.Sink.EndOf(log.Id, 0) + stage.Sink.EndOf(log.Id, 1) + 2);
    }

    /// <summary>Each change of the partitions in its turn, all at once: librdkafka ends the process when they are replaced too fast.</summary>
    [Fact]
    public async Task Many_topics_that_are_found_at_once_are_all_read()
    {
        string[] names = [.. Enumerable.Range(0, 6).Select(n => $"topic{n}")];
        await using var stage = await KafkaStage.StartAsync([.. names.Select(name => (name, 2))]);
        stage.Read([.. names.Select(name => new KafkaTopicSettings { Name = name })]);
        await stage.CaughtUpAsync();

        foreach (var name in names)
            await stage.WriteAsync(name, [("key", name)]);

        await stage.Sink.UntilAsync(s => s.Count == names.Length);
        Assert.Equal(names.Order(), stage.Sink.Messages.Select(m => Encoding.UTF8.GetString(m.Payload.Span)).Order());
    }

    [Fact]
    public async Task Several_topics_are_read_each_by_its_own_mapping()
    {
        await using var stage = await KafkaStage.StartAsync(("prices", 2), ("news", 1), ("orders", 1));
        stage.Read(
            new KafkaTopicSettings { Name = "prices", To = "prices.{key}" },
            new KafkaTopicSettings { Name = "news" },
            new KafkaTopicSettings { Name = "orders", To = "{topic}/{key}/state" });
        await stage.CaughtUpAsync();
        await stage.WriteAsync("prices", [("eur", "1")]);
        await stage.WriteAsync("news", [(null, "2"), ("de", "3")]);
        await stage.WriteAsync("orders", [("42", "4")]);

        await stage.Sink.UntilAsync(s => s.Count == 4);

        Assert.Equal(
            ["news - 2", "news de 3", "orders/42/state 42 4", "prices.eur eur 1"],
            stage.Sink.Messages.Select(m => $"{m.Topic} {m.Key ?? "-"} {Encoding.UTF8.GetString(m.Payload.Span)}").Order(StringComparer.Ordinal));
        Assert.Equal(["news", "orders/*", "prices.*"], stage.Sink.Begun.Select(b => b.Feeds).Order(StringComparer.Ordinal));
        Assert.Equal(3, stage.Sink.Begun.Select(b => b.Id).Distinct().Count());
    }

    [Fact]
    public async Task Records_whose_keys_make_no_name_are_skipped_counted_and_passed()
    {
        await using var stage = await KafkaStage.StartAsync(("prices", 1));
        await stage.WriteAsync("prices", [("eur", "1"), (null, "no key"), ("", "empty key"), ("a b", "no name"), ("*", "a pattern")]);
        await stage.WriteAsync("prices", [0xff, 0x00], "not UTF-8");
        stage.Read(new KafkaTopicSettings { Name = "prices", To = "prices.{key}" });

        await stage.Sink.UntilAsync(s => s.State?.Trouble?.Contains("prices: 5 records were skipped", StringComparison.Ordinal) == true);

        Assert.Equal(["1"], stage.Sink.Texts);
        Assert.Equal(5, stage.Sink.EndOf(stage.Sink.Begun[0].Id, 0));
        Assert.True(stage.Sink.State!.IsCaughtUp);
        Assert.Single(stage.Logger.Lines, l => l.Id.Name == "KafkaRecordsSkipped");
    }

    [Fact]
    public async Task A_deletion_comes_as_an_empty_payload_and_a_key_that_is_no_text_in_hex()
    {
        await using var stage = await KafkaStage.StartAsync(("state", 1));
        await stage.WriteAsync("state", [("eur", null)]);
        await stage.WriteAsync("state", [0xff, 0x00], "x");
        stage.Read(new KafkaTopicSettings { Name = "state" });

        await stage.Sink.UntilAsync(s => s.Count == 2);

        Assert.Equal([("eur", 0), ("ff00", 1)], stage.Sink.Messages.Select(m => (m.Key!, m.Payload.Length)));
    }

    [Fact]
    public async Task A_hundred_thousand_messages_come_once_and_in_order()
    {
        await using var stage = await KafkaStage.StartAsync(("many", 4));
        stage.Read(new KafkaTopicSettings { Name = "many" });
        await stage.CaughtUpAsync();
        for (var from = 0; from < 100_000; from += 10_000)
            await stage.WriteAsync("many", Numbered(from, from + 10_000));

        await stage.Sink.UntilAsync(s => s.Count >= 100_000);

        Assert.Equal(Enumerable.Range(0, 100_000), stage.Sink.Texts.Select(int.Parse).Order());
        foreach (var key in stage.Sink.Messages.GroupBy(m => m.Key))
        {
            var numbers = key.Select(m => int.Parse(Encoding.UTF8.GetString(m.Payload.Span))).ToList();
            Assert.Equal(numbers.Order(), numbers);
        }
    }

    [Fact]
    public async Task What_another_program_writes_is_read()
    {
        await using var stage = await KafkaStage.StartAsync(("prices", 2));
        stage.Read(new KafkaTopicSettings { Name = "prices", To = "prices.{key}" });
        await stage.CaughtUpAsync();
        var start = new ProcessStartInfo("kcat", ["-b", stage.Brokers.Addresses, "-P", "-t", "prices", "-K", ":", "-q"]) { RedirectStandardInput = true, UseShellExecute = false };
        using var kcat = Process.Start(start)!;
        await kcat.StandardInput.WriteAsync("eur:1.08\nusd:0.92\n");
        kcat.StandardInput.Close();
        await kcat.WaitForExitAsync();

        await stage.Sink.UntilAsync(s => s.Count == 2);

        Assert.Equal(["prices.eur 1.08", "prices.usd 0.92"], stage.Sink.Messages.Select(m => $"{m.Topic} {Encoding.UTF8.GetString(m.Payload.Span)}").Order(StringComparer.Ordinal));
    }

    /// <summary>Twenty keys in turn.</summary>
    private static IEnumerable<(string? Key, string? Value)> Numbered(int from, int to) => Enumerable.Range(from, to - from).Select(n => ((string?)$"k{n % 20}", (string?)$"{n}"));
}
