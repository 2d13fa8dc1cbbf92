using Bascule.Hub;
using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway.Tests;

/// <summary>The shard's end of a line; the test plays the gateway.</summary>
public sealed class ShardServerTests : IAsyncLifetime
{
    private readonly SocketFolder _folder = new();
    private readonly CapturedLog _log = new();
    private readonly KeepingReceiver _gateway = new();
    private readonly TopicHub _topics = new(Settings, TimeProvider.System, FrameEncoders.For);
    private HubServing? _serving;
    private HandoverListener? _listener;
    private HandoverDialer? _dialer;
    private HandoverLink? _line;

    private static HubSettings Settings { get; } = new() { SlotsPerShard = 1 };

    public async ValueTask InitializeAsync()
    {
        var log = ((ILoggerProvider)_log).CreateLogger("shard");
        _serving = new HubServing(_topics, Settings, 1, TimeProvider.System);
        var server = new ShardServer(_topics, _serving, new ResumeTokens(new byte[32], TimeProvider.System), Settings.SlotsPerShard, TimeProvider.System, log) { Status = Status };
        _listener = HandoverListener.Open(_folder.Path, new HandoverTerms(LinkBench.Token), server, log, TimeProvider.System);
        _dialer = new HandoverDialer(_folder.Path, new HandoverTerms(LinkBench.Token), _gateway, log, TimeProvider.System);
        _line = await _gateway.OpenedAsync();
        Assert.Equal(ShardFrame.Status, (await _gateway.FrameAsync()).Kind);
    }

    public async ValueTask DisposeAsync()
    {
        await _dialer!.DisposeAsync().AsTask().Soon();
        await _listener!.DisposeAsync().AsTask().Soon();
        await _serving!.DisposeAsync();
        await _topics.DisposeAsync();
        _folder.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task A_client_is_taken_served_and_its_end_told_and_its_slot_is_free_again()
    {
        for (var round = 0; round < 2; round++)
        {
            using var client = await SocketPair.TcpAsync();
            var order = Order();
            _line!.Send(ShardFrame.Take, ShardLine.Write(order, ShardJson.Default.TakeOrder), client.Other.SafeHandle);
            SocketRelease.LetGo(client.Other);
            Assert.Null((await TakenAsync()).Fault);
            Assert.Equal("101", await client.One.HearAsync(3));

            // A second one has no place, and is still the gateway's.
            using var other = await SocketPair.TcpAsync();
            _line.Send(ShardFrame.Take, ShardLine.Write(Order(), ShardJson.Default.TakeOrder), other.Other.SafeHandle);
            Assert.Equal("all 1 slots are taken", (await TakenAsync()).Fault);
            await other.Other.SayAsync("503");
            Assert.Equal("503", await other.One.HearAsync(3));

            client.One.Dispose();
            var ended = ShardLine.Read((await _gateway.FrameAsync()).Payload, ShardJson.Default.EndedNote);
            Assert.Equal((order.Attempt, EndReasons.ClientLost.Label), (ended.Attempt, ended.Reason));
        }
    }

    [Fact]
    public async Task An_order_without_a_socket_is_refused()
    {
        _line!.Send(ShardFrame.Take, ShardLine.Write(Order(), ShardJson.Default.TakeOrder));

        Assert.Equal("no socket came with the order", (await TakenAsync()).Fault);
    }

    [Fact]
    public async Task Orders_for_clients_that_have_gone_are_nothing()
    {
        _line.Say(ShardFrame.Leave, new LeaveOrder(Order().Attempt, EndReasons.Draining.Label, null, null, 0, null, null), ShardJson.Default.LeaveOrder);
        _line.Say(ShardFrame.Renew, new RenewOrder(Order().Attempt, null, [], []), ShardJson.Default.RenewOrder);
        _line.Say(ShardFrame.Answer, new ShardAnswer(7, null, null, null, null, null, null), ShardJson.Default.ShardAnswer);

        _line!.Send(ShardFrame.Take, ShardLine.Write(Order(), ShardJson.Default.TakeOrder));
        await TakenAsync();
    }

    [Theory]
    [InlineData(ShardFrame.Take)]
    [InlineData(ShardFrame.Leave)]
    [InlineData(ShardFrame.Messages)]
    [InlineData(99)]
    public async Task What_cannot_be_understood_ends_the_line_and_closes_the_socket_that_came_with_it(byte kind)
    {
        using var client = SocketPair.Unix();
        _line!.Send(kind, "no json, and no messages, though long enough to be some"u8, client.Other.SafeHandle);

        await _gateway.ClosedAsync();
        client.Other.Dispose();
        await client.One.EndsAsync();
    }

    [Fact]
    public async Task Messages_that_are_left_out_are_a_gap_for_readers()
    {
        var log = LogId.Of("local:test");
        Assert.NotNull(_topics.Subscribe("news", MessageFormat.Json, null, new Nobody()));
        _line.Say(ShardFrame.Log, new LogOrder(log.Value, "published here", 0), ShardJson.Default.LogOrder);
        _line!.Send(ShardFrame.Messages, MessageFrames.Write([Message(log, 0)]));
        await Eventually.HoldsAsync(() => _topics.Figures.MessagesIn == 1);
        var gaps = _topics.Figures.Gaps.Values.Sum();

        _line.Say(ShardFrame.Log, new LogOrder(log.Value, "published here", 5), ShardJson.Default.LogOrder);
        _line.Send(ShardFrame.Messages, MessageFrames.Write([Message(log, 5)]));

        await Eventually.HoldsAsync(() => _topics.Figures.MessagesIn == 2);
        using var reader = _topics.Subscribe("news", MessageFormat.Json, Cursor.Empty.With(new Position(log, 0, 0)), new Nobody());
        Assert.Equal(gaps + 1, _topics.Figures.Gaps.Values.Sum());
    }

    private static SourceMessage Message(LogId log, long offset) => new("news", null, "hello"u8.ToArray(), new Position(log, 0, offset), DateTimeOffset.UnixEpoch);

    private static ShardStatus Status() => ShardLine.Read("{\"resumes\":{},\"sources\":[]}"u8.ToArray(), ShardJson.Default.ShardStatus);

    private static TakeOrder Order() => ShardBench.Order(new HandedConnection(AttemptId.New().ToString(), null!, null, _ => new HubRights([], [])));

    private async Task<TakenNote> TakenAsync() => ShardLine.Read((await _gateway.FrameAsync()).Payload, ShardJson.Default.TakenNote);

    private sealed class Nobody : ISubscriber
    {
        public void DataReady(Subscription subscription)
        {
        }
    }
}
