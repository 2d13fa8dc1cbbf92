using System.IO.Pipelines;
using System.Text;
using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>Topics as event streams.</summary>
public sealed class SseTests
{
    private static readonly AttemptId Attempt = new(1, 2);

    [Fact]
    public async Task Messages_come_as_events_with_their_cursors()
    {
        await using var house = new HubHouse();
        await using var stream = new OpenStream(house, new TopicStart("a"));

        Assert.StartsWith("retry: 1000\nid: ", await stream.EventAsync(), StringComparison.Ordinal);
        var cursor = house.Publish("a", "one\ntwo");

        Assert.Equal($"id: {cursor}\ndata: one\ndata: two", await stream.EventAsync());
    }

    [Fact]
    public async Task Who_returns_with_his_last_id_gets_what_he_missed()
    {
        await using var house = new HubHouse();
        var cursor = house.Publish("a", "1");
        house.Publish("a", "2");

        Assert.True(Cursor.TryParse(cursor, out var from));
        await using var stream = new OpenStream(house, new TopicStart("a", from));

        await stream.EventAsync();
        Assert.EndsWith("data: 2", await stream.EventAsync(), StringComparison.Ordinal);
        Assert.StartsWith("event: resumed\n", await stream.EventAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_returns_from_another_life_is_told_of_the_gap()
    {
        await using var other = new HubHouse();
        Assert.True(Cursor.TryParse(other.Publish("a", "1"), out var from));
        await using var house = new HubHouse();
        await using var stream = new OpenStream(house, new TopicStart("a", from));

        await stream.EventAsync();
        Assert.StartsWith("event: gap\n", await stream.EventAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quiet_stream_gets_a_comment()
    {
        await using var house = new HubHouse(time: new ManualTime());
        await using var stream = new OpenStream(house, new TopicStart("a"));
        await stream.EventAsync();

        var comment = stream.EventAsync();
        await house.AdvanceUntilAsync(comment);

        Assert.Equal(":", await comment);
    }

    [Fact]
    public async Task It_ends_with_a_goodbye()
    {
        await using var house = new HubHouse();
        await using var stream = new OpenStream(house, new TopicStart("a"));
        await stream.EventAsync();

        stream.Connection.End(new Ending(EndReasons.Draining), TimeSpan.FromSeconds(3));

        var goodbye = await stream.EventAsync();
        Assert.StartsWith("retry: 3000\nevent: goodbye\ndata: {\"type\":\"goodbye\",\"code\":4600", goodbye, StringComparison.Ordinal);
        Assert.Equal("draining", (await stream.End).Reason.Label);
    }

    [Fact]
    public async Task A_token_that_expires_ends_it()
    {
        var time = new ManualTime();
        await using var house = new HubHouse(time: time);
        await using var stream = new OpenStream(house, new TopicStart("a"), t => t with { ExpiresAt = time.GetUtcNow().AddSeconds(10) });
        await stream.EventAsync();

        var goodbye = stream.EventAsync();
        await house.AdvanceUntilAsync(goodbye);

        Assert.Contains("token_lapsed", await goodbye, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_leaves_ends_it()
    {
        await using var house = new HubHouse();
        await using var stream = new OpenStream(house, new TopicStart("a"));
        await stream.EventAsync();

        await stream.LeaveAsync();

        Assert.Equal("client_closed", (await stream.End).Reason.Label);
    }

    [Fact]
    public async Task A_client_that_does_not_read_ends_it()
    {
        var time = new ManualTime();
        await using var house = new HubHouse(time: time);
        await using var stream = new OpenStream(house, new TopicStart("a"));
        for (var i = 0; i < 50; i++)
            house.Publish("a", new string('x', 10_000));

        await house.AdvanceUntilAsync(stream.End);

        Assert.Equal("reader_too_slow", (await stream.End).Reason.Label);
    }

    [Fact]
    public async Task A_full_hub_opens_none()
    {
        await using var house = new HubHouse(new HubSettings { MostTopics = 10 });
        var open = Enumerable.Range(0, 10).Select(i => SseConnection.Open(house.Hub, new SseTerms(Attempt, new TopicStart($"t{i}")), house.Clock)).ToList();

        Assert.Null(SseConnection.Open(house.Hub, new SseTerms(Attempt, new TopicStart("more")), house.Clock));
        open.ForEach(o => o!.Dispose());
    }

    /// <summary>An event stream that a test reads event by event.</summary>
    private sealed class OpenStream : IAsyncDisposable
    {
        private readonly Pipe _pipe = new();
        private readonly CancellationTokenSource _gone = new();
        private readonly Task<Ending> _end;

        internal OpenStream(HubHouse house, TopicStart topic, Func<SseTerms, SseTerms>? change = null)
        {
            var terms = new SseTerms(Attempt, topic);
            Connection = SseConnection.Open(house.Hub, change?.Invoke(terms) ?? terms, house.Clock)!;
            _end = Task.Run(() => Connection.RunAsync(_pipe.Writer.AsStream(), _gone.Token));
        }

        internal SseConnection Connection { get; }

        internal Task<Ending> End => _end.Soon();

        internal Task LeaveAsync() => _gone.CancelAsync();

        /// <summary>The next one, without the empty line behind it.</summary>
        internal async Task<string> EventAsync()
        {
            while (true)
            {
                var read = await _pipe.Reader.ReadAsync().Soon();
                var text = Encoding.UTF8.GetString(read.Buffer);
                var end = text.IndexOf("\n\n", StringComparison.Ordinal);
                _pipe.Reader.AdvanceTo(read.Buffer.GetPosition(end < 0 ? 0 : end + 2), end < 0 ? read.Buffer.End : read.Buffer.GetPosition(end + 2));
                if (end >= 0)
                    return text[..end];
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _gone.CancelAsync();
            await _end.Soon();
            Connection.Dispose();
            _gone.Dispose();
        }
    }
}
