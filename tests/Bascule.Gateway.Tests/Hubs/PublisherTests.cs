using System.Collections.Concurrent;
using Bascule.Hub;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>Messages that go to a source outside, once for each id.</summary>
public sealed class PublisherTests
{
    private readonly ManualTime _time = new();
    private readonly HeldSink _sink = new();
    private readonly HubPublisher _publisher;

    public PublisherTests()
    {
        var hub = new HubSettings();
        _publisher = new HubPublisher(new LocalLog(hub.History, _time), new TopicHub(hub, _time, FrameEncoders.For, null), _sink, _time);
    }

    [Fact]
    public async Task What_is_repeated_is_published_once()
    {
        _sink.Answer(null);

        var first = await PublishAsync("a", "1");
        var again = await PublishAsync("a", "1");
        var other = await PublishAsync("b", "1");
        var without = await PublishAsync("a", null);

        Assert.Equal((false, true, false, false), (first.Again, again.Again, other.Again, without.Again));
        Assert.Equal(first.Cursor, again.Cursor);
        Assert.Equal(["a", "b", "a"], _sink.Taken);
    }

    [Fact]
    public async Task Who_repeats_it_while_it_is_under_way_waits_for_it()
    {
        using var leaving = new CancellationTokenSource();
        var first = _publisher.PublishAsync("a", null, "x"u8.ToArray(), "1", leaving.Token).AsTask();
        var again = PublishAsync("a", "1");
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.False(again.IsCompleted);

        _sink.Answer(null);

        Assert.True((await again).Again);
        Assert.Equal(["a"], _sink.Taken);
    }

    [Fact]
    public async Task What_was_not_taken_is_published_when_it_is_repeated()
    {
        _sink.Answer("the broker is away");
        var first = await PublishAsync("a", "1");
        _sink.Answer(null);
        var again = await PublishAsync("a", "1");

        Assert.NotNull(first.Fault);
        Assert.Equal((false, true), (again.Again, again.Fault is null));
        Assert.Equal(["a", "a"], _sink.Taken);
    }

    [Fact]
    public async Task After_five_minutes_the_id_is_another_message()
    {
        _sink.Answer(null);
        await PublishAsync("a", "1");
        _time.Advance(TimeSpan.FromMinutes(5));

        Assert.False((await PublishAsync("a", "1")).Again);
        Assert.Equal(2, _sink.Taken.Count);
    }

    private Task<Publishing> PublishAsync(string topic, string? id) => _publisher.PublishAsync(topic, null, "x"u8.ToArray(), id, CancellationToken.None).AsTask();

    /// <summary>A source that takes messages when it is told to.</summary>
    private sealed class HeldSink : IPublishSink
    {
        private TaskCompletionSource<string?> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _next;

        internal ConcurrentQueue<string> Taken { get; } = [];

        public bool Takes(string topic) => true;

        public async ValueTask<(Position? At, string? Fault)> PublishAsync(string topic, string? key, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
        {
            Taken.Enqueue(topic);
            return await _answer.Task is { } fault ? (null, fault) : (new Position(LogId.Of("held"), 0, _next++), null);
        }

        /// <summary>To those who wait, and to who comes.</summary>
        internal void Answer(string? fault)
        {
            if (_answer.TrySetResult(fault))
                return;
            _answer = new TaskCompletionSource<string?>();
            _answer.SetResult(fault);
        }
    }
}
