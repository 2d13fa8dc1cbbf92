using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Bascule.Backends;
using Bascule.Hub;
using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway.Tests;

/// <summary>The gateway's end of a line to one shard, which the test plays.</summary>
internal sealed class ShardBench : IAsyncDisposable
{
    private readonly SocketFolder _folder = new();
    private readonly PoolTable _pools;
    private readonly HandoverListener _listener;
    private readonly HandoverDialer _dialer;

    private ShardBench(TestGateway gateway, HandoverTerms terms, Action<HandoverFrame>? before)
    {
        Gateway = gateway;
        Shard = new KeepingReceiver { Before = before ?? (_ => { }) };
        var settings = new BasculeSettings { Hub = new HubSettings { Mode = HubMode.Multi, Shards = 1, SlotsPerShard = 10 }, Routes = [Feed] };
        _pools = new PoolTable(HubPool.With(settings.Pools, HubPool.Of(settings)), Time);
        Pool = _pools.Find(HubPool.Name)!;
        Pool.SetAway(Node, "it starts");
        var log = ((ILoggerProvider)gateway.Log).CreateLogger("shards");
        var hub = gateway.Rooms.Hub;
        Client = new ShardClient(Pool, Node, new ShardDesk(hub.Renewal, hub.Publisher, hub.Log, new PresenceBoard(Time), log), log);
        _listener = HandoverListener.Open(_folder.Path, terms, Shard, log, Time);
        _dialer = new HandoverDialer(_folder.Path, terms, Client, log, Time);
    }

    internal static RouteSettings Feed { get; } = new() { Name = "feed", Path = "/feed", Auth = AuthPolicy.None, Topics = ["*"], Publish = ["*"] };

    /// <summary>What the shard is told.</summary>
    internal KeepingReceiver Shard { get; }

    /// <summary>The shard's end.</summary>
    internal HandoverLink Line { get; private set; } = null!;

    internal ShardClient Client { get; }

    internal Pool Pool { get; }

    internal Backends.Node Node => Pool.Nodes[0];

    /// <summary>Publishes, and renews tokens; its own clients are served by itself.</summary>
    internal TestGateway Gateway { get; }

    internal CapturedLog Log => Gateway.Log;

    internal ManualTime Time => Gateway.Time;

    /// <param name="before">Before the shard has a frame: may hold it up.</param>
    internal static async Task<ShardBench> StartAsync(HandoverTerms? terms = null, HubSettings? hub = null, Action<HandoverFrame>? before = null)
    {
        var settings = Configured.For() with { Hub = hub ?? new HubSettings(), Routes = [Feed], Pools = new Dictionary<string, PoolSettings>(StringComparer.Ordinal) };
        var bench = new ShardBench(await TestGateway.StartAsync(settings), terms ?? new HandoverTerms(LinkBench.Token), before);
        bench.Line = await bench.Shard.OpenedAsync();
        await Eventually.HoldsAsync(() => bench.Client.Link is not null);
        return bench;
    }

    /// <summary>As the shard, which is well: figures that are not said are none.</summary>
    internal async Task SayStatusAsync()
    {
        var before = Client.Heard;
        Line.Send(ShardFrame.Status, "{\"resumes\":{},\"sources\":[]}"u8);
        await Eventually.HoldsAsync(() => Client.Heard > before);
    }

    /// <summary>As the shard.</summary>
    internal void Say<T>(byte kind, T message, JsonTypeInfo<T> type) => Line.Send(kind, JsonSerializer.SerializeToUtf8Bytes(message, type));

    /// <summary>The next frame of this kind that the shard gets.</summary>
    internal async Task<KeptFrame> FrameAsync(byte kind)
    {
        while (true)
        {
            var frame = await Shard.FrameAsync();
            if (frame.Kind == kind)
                return frame;
        }
    }

    internal async Task<T> FrameAsync<T>(byte kind, JsonTypeInfo<T> type) => ShardLine.Read((await FrameAsync(kind)).Payload, type);

    internal HandedConnection Connection(string attempt = "") =>
        new(attempt.Length > 0 ? attempt : AttemptId.New().ToString(), Client, expiresAt: null, _ => new HubRights(["*"], []));

    internal static TakeOrder Order(HandedConnection connection) => new(
        connection.Attempt, "session", SpeaksBascule: true, Deflate: false, [], ["*"], [], null, MessageLimits.None, new HeartbeatSettings(), new LifeSettings(), null,
        TimeSpan.FromSeconds(5), 10, [], "101"u8.ToArray());

    public async ValueTask DisposeAsync()
    {
        await _dialer.DisposeAsync().AsTask().Soon();
        await _listener.DisposeAsync().AsTask().Soon();
        _folder.Dispose();
        _pools.Dispose();
        await Gateway.DisposeAsync();
    }
}
