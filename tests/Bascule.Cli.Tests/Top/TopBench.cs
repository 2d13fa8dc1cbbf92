using Bascule.Gateway;
using Bascule.Testing;

namespace Bascule.Cli.Tests;

/// <summary>A monitor with fixed answers and a clock of its own.</summary>
internal sealed class TopBench : ITopSource
{
    internal static readonly DateTimeOffset Start = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ManualTime _time = new(Start);

    internal TopBench(bool mayWrite = false, bool isHealth = false)
    {
        Views = isHealth ? [TopViewKind.Shards]
            : [TopViewKind.Pools, TopViewKind.Connections, TopViewKind.Refusals, TopViewKind.Endings, TopViewKind.Routes, TopViewKind.Events, TopViewKind.Shards, TopViewKind.Sessions];
        Model = new TopModel(this, new TopSettings(mayWrite, TimeSpan.FromSeconds(1)), _time);
    }

    public string Name => "gateway.example:8667";

    public IReadOnlyList<TopViewKind> Views { get; }

    internal TopModel Model { get; }

    internal string Text => TopFrame.Draw(Model, new ScreenSize(80, 24)).ToText();

    public Task<TopSnapshot> LookAsync(IReadOnlyCollection<TopViewKind> views, CancellationToken cancellation) => throw new InvalidOperationException("Nobody asks in these tests.");

    /// <summary>Two looks, a second apart.</summary>
    internal TopBench Filled()
    {
        Took(Snapshot(0));
        Took(Snapshot(1));
        Model.Known.Heard([
            new TopEvent(Start, "opened", "route=game  user=alice", Attempt(1)), new TopEvent(Start.AddSeconds(1), "node", "pool=kb  node=10.0.0.1:8001  from=up  to=failing", null),
        ]);
        return this;
    }

    internal void Took(TopSnapshot snapshot)
    {
        Model.Known.Took(snapshot with { At = _time.GetUtcNow() });
        _time.Advance(TimeSpan.FromSeconds(1));
    }

    internal void Advance(TimeSpan by) => _time.Advance(by);

    internal TopWish? Press(string letters)
    {
        TopWish? wish = null;
        foreach (var letter in letters)
            wish = Model.Press(PaperTerminal.KeyOf(letter));
        return wish;
    }

    internal TopWish? Press(ConsoleKey key) => Model.Press(new ConsoleKeyInfo('\0', key, shift: false, alt: false, control: false));

    internal static string Attempt(int number) => $"{number:x8}00000000000000000000000000000000"[..32];

    /// <param name="second">Counters grow with it.</param>
    internal static TopSnapshot Snapshot(int second) => new(Start)
    {
        Status = Status(second),
        Pools =
        [
            new PoolDocument("kb", "leastConnections", 150, 200, 3, 1000, 50,
            [
                new NodeDocument("10.0.0.1:8001", "http://10.0.0.1:8001/", "up", null, Start, 100, 100, 0, 100, 1),
                new NodeDocument("10.0.0.2:8001", "http://10.0.0.2:8001/", "failing", "three probes failed: connection refused", Start, 50, 100, 0, 50, 1),
            ]),
            new PoolDocument("漢字の溜まり場", "roundRobin", 0, 0, 0, 0, 0, []),
        ],
        Connections = new ConnectionsDocument(40, 40, [.. Enumerable.Range(1, 40).Select(n => Connection(n, second))]),
        Refusals =
        [
            new AttemptDocument(Attempt(101), Start.AddSeconds(-5), "refused", "token_expired", "expired 12 s ago", "game", "mallory", "192.0.2.7:4711", null, "admission", 0.0021),
            new AttemptDocument(Attempt(102), Start.AddSeconds(-9), "refused", "route_not_found", null, null, null, "192.0.2.8:4711", null, "routing", 0.0001),
        ],
        Shards = Shards(Start.AddSeconds(second), 1000 + (2500 * second)),
        Sessions = new SessionsSeen(
            [
                Session(3, "starting", "bob", Start.AddSeconds(-4)) with { Progress = "the image is being pulled", Runner = "kubernetes", Host = "bascule-3" },
                Session(2, "running", "alice", Start.AddSeconds(-90)) with { Viewers = 2, Runner = "process", Host = "h-1" },
                Session(1, "ended", "alice\e[2J", Start.AddHours(-2)) with { End = new SessionEndDocument("exited", "The command ended with code 3.", "See its output.", Start, 3, null), Runner = "process", Host = "h-1" },
            ],
            null),
    };

    private static SessionDocument Session(int number, string state, string user, DateTimeOffset created) => new(
        Attempt(200 + number), state, "", "shell", ["bash", "-l"], true, user, null, null, $"/ws/session/{Attempt(200 + number)}/", null, null, null, created, created, created.AddHours(8), null, null);

    /// <summary>Two shards, of which one is away.</summary>
    /// <param name="deliveries">Of the other one, up to then.</param>
    internal static ShardsDocument Shards(DateTimeOffset at, long deliveries) => new("multi", 4003, 12_000, 0, 3,
    [
        new ShardDocument("shard:1", "up", null, 4711, 3, 4003, 6000, 1997, 66.7, new ShardFigures(
            at, 12.5, 268_000_000, 8006, 40, 70, deliveries, 9_000_000, 5_000, 2, new Dictionary<string, long>(StringComparer.Ordinal) { ["whole"] = 7, ["too_old"] = 2 },
            [new TopicSourceDocument("kafka market", true, true, 3, Start, null), new TopicSourceDocument("redis", false, true, 1200, Start, "connection refused")])),
        new ShardDocument("shard:2", "failing", "its line is down: it ended", null, 1, 0, 6000, 6000, 0, null),
    ], []);

    internal static StatusDocument Status(int second) => new(
        new BuildVersion("1.2.3", "abc"), "ready", Start.AddSeconds(second), 7200 + second, 4, new ProcessStatus(12.5, 100 + second, 4, 123_000_000, 2_000_000_000, 0),
        new GatewayCounts(40, 1000 + (12 * second), 50 + (2 * second), 960 + second, 5000 + (1500 * second), 6000, 1_000_000 + (2_500_000 * second), 0, 0),
        [new RouteStatus("game", "/ws/game", "kb", "required", 40, 1000 + (12 * second), 40 + second, 960)],
        [new ReasonCount("token_expired", "client", 40 + second), new ReasonCount("route_not_found", "client", 10 + second)],
        [new ReasonCount("client_closed", "client", 900 + second), new ReasonCount("backend_lost", "backend", 60)],
        [new StatusWarning("pool", "Pool kb: 1 of 2 nodes get no connections: 10.0.0.2:8001.")]);

    private static ConnectionDocument Connection(int number, int second) => new(
        Attempt(number), number % 2 == 0 ? $"user-{number:00}" : "alice\e[2J\r\n", "gold", "game", "kb", "10.0.0.1:8001", $"192.0.2.{number}:4000", "h1", null, Start, 100 + number, number, 1,
        number * second, 0, 100 * number, 200, number == 3 ? null : number, null, number == 5);
}
