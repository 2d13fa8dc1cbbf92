using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>What readers of a stream get while all is well.</summary>
public sealed class StreamTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_reader_gets_what_comes_after_it_in_order_with_the_cursor_of_each()
    {
        await using var hub = Hubs.Of(_time).WithLog(partitions: 2);
        hub.Give(Hubs.Message(0));
        var client = Client.Of(hub, "prices.eur");
        hub.Give(Hubs.Message(0, partition: 1), Hubs.Message(1), Hubs.Message(2));

        client.ReadAll();

        Assert.Equal(["1:0", "0:1", "0:2"], client.Texts);
        Assert.Equal([Hubs.Seen(0).With(new(Hubs.Prices, 1, 0)).ToString(), Hubs.Seen(1).With(new(Hubs.Prices, 1, 0)).ToString()], client.Messages.Take(2).Select(m => m.Cursor.ToString()));
        Assert.Equal(client.Cursor!.ToString(), client.Subscription.At.ToString());
    }

    [Fact]
    public async Task A_pattern_gives_the_messages_of_all_topics_that_fit_it_in_one_order()
    {
        await using var hub = Hubs.Of(_time).WithLog(feeds: "*");
        var prices = Client.Of(hub, "prices.*");
        var all = Client.Of(hub, "*");
        hub.Give(Hubs.Message(0, topic: "prices.eur"), Hubs.Message(1, topic: "news"), Hubs.Message(2, topic: "prices.usd"));

        Assert.Equal(["0:0", "0:2"], prices.ReadAll().Texts);
        Assert.Equal(["0:0", "0:1", "0:2"], all.ReadAll().Texts);
        Assert.All(all.Messages, m => Assert.Equal("*", m.Subscription));
    }

    [Fact]
    public async Task A_reader_is_told_once_after_it_had_nothing_left()
    {
        await using var hub = Hubs.Of(_time).WithLog();
        var client = Client.Of(hub, "prices.eur");
        hub.GiveRange(0, 1);
        Assert.Equal(0, client.Told);

        client.ReadAll();
        hub.GiveRange(2, 4);
        Assert.Equal(1, client.Told);
        client.ReadAll();
        hub.GiveRange(5, 5);

        Assert.Equal(2, client.Told);
        Assert.Equal(5, client.Messages.Count());
        client.Subscription.Dispose();
        client.ReadAll();
        hub.GiveRange(6, 6);
        Assert.Equal(5, client.Messages.Count());
    }

    [Fact]
    public async Task A_read_ends_with_a_frame_and_gives_one_in_any_case()
    {
        await using var hub = Hubs.Of(_time).WithLog();
        var client = Client.Of(hub, "prices.eur");
        hub.GiveRange(0, 5, bytes: 100);
        Assert.True(client.Subscription.TryRead(1, out var one));

        Assert.True(client.Subscription.TryRead((3 * one.Length) - 1, out var two));
        Assert.Equal(2 * one.Length, two.Length);
        Assert.True(client.Subscription.TryRead(3 * one.Length, out var three));
        Assert.Equal(3 * one.Length, three.Length);
        client.Subscription.Advance(one.Length + 10);
        Assert.False(client.Subscription.AtFrameBoundary);
        Assert.True(client.Subscription.TryRead(1, out var rest));
        Assert.Equal(one.Length - 10, rest.Length);
        client.Subscription.Advance(rest.Length);
        Assert.True(client.Subscription.AtFrameBoundary);
        Assert.Equal((4 * one.Length, 4), (client.Subscription.LagBytes, client.Subscription.LagMessages));
    }

    [Fact]
    public async Task Many_sizes_of_messages_pass_whole_through_blocks_of_many_sizes()
    {
        await using var hub = Hubs.Of(_time).WithLog();
        var client = Client.Of(hub, "prices.eur");
        var random = new Random(5);
        for (var offset = 0; offset < 500; offset++)
        {
            hub.Give(Hubs.Message(offset, $"{offset}".PadRight(random.Next(offset % 50 == 0 ? 200_000 : 2_000), '.')));
            if (offset % 7 == 0)
                client.Read(random.Next(1, 300_000), random.Next(1, 300_000));
            if (offset % 40 == 0)
                client.ReadAll();
        }

        client.ReadAll(10_000);

        Assert.Equal(Enumerable.Range(0, 500).Select(n => $"{n}"), client.Texts.Select(t => t.TrimEnd('.')));
    }

    [Fact]
    public async Task A_message_that_a_source_gives_twice_is_read_once()
    {
        await using var hub = Hubs.Of(_time).WithLog();
        var client = Client.Of(hub, "prices.eur");
        hub.GiveRange(0, 3);
        hub.GiveRange(2, 4);

        Assert.Equal(["0:0", "0:1", "0:2", "0:3", "0:4"], client.ReadAll().Texts);
        Assert.Equal((5, 2), (hub.Figures.MessagesIn, hub.Figures.Repeated));
    }

    [Fact]
    public async Task Each_format_has_its_own_bytes_and_one_that_comes_later_its_own_begin()
    {
        await using var hub = Hubs.Of(_time).WithLog();
        var json = Client.Of(hub, "prices.eur");
        hub.GiveRange(0, 1);
        var raw = Client.Of(hub, "prices.eur", format: MessageFormat.Raw);
        hub.GiveRange(2, 2);

        Assert.Equal(["0:0", "0:1", "0:2"], json.ReadAll().Texts);
        Assert.Equal(["0:2"], raw.ReadAll().Texts);
    }

    [Fact]
    public async Task Reading_allocates_nothing()
    {
        await using var hub = Hubs.Of(_time).WithLog();
        var client = Client.Of(hub, "prices.eur");
        var subscription = client.Subscription;
        Read();
        hub.GiveRange(0, 1000, bytes: 200);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var bytes = Read();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(bytes > 200_000);

        long Read()
        {
            var sum = 0L;
            while (subscription.TryRead(1000, out var some))
            {
                sum += some.Length;
                subscription.Advance(some.Length);
            }

            return sum;
        }
    }

    [Fact]
    public async Task A_quiet_stream_says_where_it_stands_from_time_to_time_when_that_has_moved()
    {
        await using var hub = Hubs.Of(_time).WithLog();
        var client = Client.Of(hub, "prices.eur").ReadAll();
        hub.Give(Hubs.Message(0, topic: "prices.usd"));
        hub.Advance(Hubs.Prices, 0, 9);

        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(1, client.Told);
        client.ReadAll();
        _time.Advance(TimeSpan.FromSeconds(60));
        client.ReadAll();

        Assert.Equal(["checkpoint"], client.Kinds);
        Assert.Equal(9, client.Cursor!.OffsetOf(Hubs.Prices, 0));
    }

    [Fact]
    public async Task Two_who_publish_and_many_who_read_lose_no_wake_up()
    {
        const int Messages = 4000;
        await using var hub = Hubs.Of(_time, Hubs.With(new() { MaxLag = 100_000_000 })).WithLog(partitions: 2);
        var readers = Enumerable.Range(0, 8).Select(_ => new WakingReader(hub, 2 * Messages)).ToArray();

        var publishers = Enumerable.Range(0, 2).Select(p => Task.Run(() => hub.GiveRange(0, Messages - 1, partition: p), TestContext.Current.CancellationToken));
        await Task.WhenAll(publishers).Soon();
        await Task.WhenAll(readers.Select(r => r.Done)).Soon();

        foreach (var reader in readers)
        {
            for (var partition = 0; partition < 2; partition++)
                Assert.Equal(Enumerable.Range(0, Messages).Select(o => (long)o), reader.Client.Messages.Where(m => m.Position.Partition == partition).Select(m => m.Position.Offset));
            reader.Dispose();
        }
    }

    /// <summary>Reads only when it was told to, on a thread of its own.</summary>
    private sealed class WakingReader : IDisposable
    {
        private readonly SemaphoreSlim _word = new(1);

        internal WakingReader(TopicHub hub, int messages)
        {
            Client.OnDataReady = _ => _word.Release();
            Client.Join(hub, "prices.eur", null);
            Done = Task.Run(async () =>
            {
                while (Client.Frames.Count < messages)
                {
                    await _word.WaitAsync();
                    Client.ReadAll(5000);
                }
            });
        }

        internal Client Client { get; } = new();

        internal Task Done { get; }

        public void Dispose() => _word.Dispose();
    }
}
