using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>Two shards that read the same logs, each in an order of its own, and clients that move between them. All that happens comes from the seed.</summary>
internal sealed class World : IAsyncDisposable
{
    private const int Shards = 2;
    private static readonly string[] Topics = ["t.a", "t.b", "t.c", "t.d", "u"];
    private static readonly string[] Names = [.. Topics, "t.*", "*"];

    private readonly Random _random;
    private readonly ManualTime _time = new();
    private readonly HubSettings _settings;
    private readonly Truth _truth = new();
    private readonly TopicHub[] _hubs = new TopicHub[Shards];
    private readonly Dictionary<(int Hub, LogId Log, int Partition), int> _given = [];
    private readonly List<Player> _players = [];
    private readonly bool _hasHistory;

    internal World(int seed)
    {
        _random = new Random(seed);
        _hasHistory = Pick(true, false);
        _settings = new HubSettings
        {
            Mode = HubMode.Multi,
            MostTopics = Pick(1000, 12),
            History = new HistorySettings { Bytes = Pick(50_000, 1_000_000, 1_000_000), FetchMessages = Pick(20, 1000) },
            Topics = new Dictionary<string, TopicSettings>(StringComparer.Ordinal)
            {
                ["*"] = new() { HistoryMessages = Pick(0, 40, 1000, 1000, 1000), MaxLag = Pick(2000, 20_000, 1_000_000, 1_000_000), SlowReader = Enum.GetValues<SlowReaderPolicy>()[_random.Next(3)] },
                ["t.a"] = new() { HistoryMessages = Pick(10, 1000), HistoryAge = TimeSpan.FromSeconds(Pick(3, 100)) },
            },
        };
        for (var log = 0; log < Pick(1, 2); log++)
            _truth.Begin(LogId.Of($"{seed}.{log}"), Pick(1, 2, 4));
        for (var hub = 0; hub < Shards; hub++)
            Start(hub);
        for (var player = 0; player < 12; player++)
            _players.Add(new Player(Names[_random.Next(Names.Length)], _random));
    }

    internal int Resumes => _players.Sum(p => p.Resumes);

    internal int Gaps => _players.Sum(p => p.Gaps);

    internal int Got => _players.Sum(p => p.Got);

    internal async Task StepAsync()
    {
        var player = _players[_random.Next(_players.Count)];
        switch (_random.Next(1000))
        {
            case < 300:
                Publish();
                break;
            case < 550:
                Give(_random.Next(Shards), _truth.Partitions[_random.Next(_truth.Partitions.Count)], _random.Next(1, 30));
                break;
            case < 850:
                if (!player.IsIn)
                    JoinAny(player);
                player.Read(_random.Next(1, 8));
                break;
            case < 930:
                if (player.IsIn)
                    player.Cut();
                break;
            case < 980:
                _time.Advance(TimeSpan.FromSeconds(Pick(1, 1, 5, 31)));
                break;
            case < 994:
                await RestartAsync(_random.Next(Shards));
                break;
            case < 997:
                Skip(_random.Next(Shards));
                break;
            default:
                Recreate();
                break;
        }
    }

    /// <summary>Everything is given everywhere; the clients come back and read until nothing comes any more.</summary>
    internal async Task EndAsync()
    {
        for (var hub = 0; hub < Shards; hub++)
        {
            foreach (var partition in _truth.Partitions)
                Give(hub, partition, int.MaxValue);
        }

        // A fetch runs on a thread of its own; without a source, all is there at once.
        var begun = TimeProvider.System.GetTimestamp();
        for (var quiet = 0; quiet < 5 || IsWaiting(begun);)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            foreach (var player in _players.Where(p => !p.IsIn))
                JoinAny(player);
            if (_hasHistory)
                await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
            quiet = _players.Aggregate(false, (any, p) => p.Read(10_000) || any) ? 0 : quiet + 1;
        }

        foreach (var player in _players)
            player.Check(_truth.All);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var hub in _hubs)
            await hub.DisposeAsync();
    }

    private bool IsWaiting(long begun) =>
        _hasHistory && TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(30) && _players.Exists(p => p.Missing(_truth.All) is not null);

    private T Pick<T>(params T[] of) => of[_random.Next(of.Length)];

    private void JoinAny(Player player)
    {
        var hub = _random.Next(Shards);
        player.Join(_hubs[hub], hub, _truth.Over);
    }

    private void Publish()
    {
        var (log, partition) = _truth.Partitions[_random.Next(_truth.Partitions.Count)];
        for (var count = _random.Next(1, 20); count > 0; count--)
            _truth.Publish(log, partition, Pick(1, 1, 1, 3), Topics[_random.Next(Topics.Length)], Pick(null, "k1", "k2"), _random.Next(200));
    }

    private void Give(int hub, (LogId Log, int Partition) partition, int most)
    {
        var key = (hub, partition.Log, partition.Partition);
        var messages = _truth.Of(partition);
        var given = _given[key];
        var count = Math.Min(most, messages.Count - given);
        _hubs[hub].Append([.. messages.GetRange(given, count)]);
        _given[key] = given + count;
        if (_random.Next(4) == 0 && given + count > 0)
            _hubs[hub].Advance(partition.Log, partition.Partition, given + count < messages.Count ? messages[given + count].Position.Offset - 1 : messages[^1].Position.Offset);
    }

    private async Task RestartAsync(int hub)
    {
        foreach (var player in _players.Where(p => p.IsIn && p.Hub == hub))
            player.Cut();
        await _hubs[hub].DisposeAsync();
        Start(hub);
    }

    /// <summary>Begins somewhere in what is there: with some past, and perhaps behind the other shard.</summary>
    private void Start(int hub)
    {
        _hubs[hub] = Hubs.Of(_time, _settings, _hasHistory ? _truth : null);
        _hubs[hub].Report(new SourceState("log", IsConnected: true, IsCaughtUp: true, Lag: 1, _time.GetUtcNow(), null));
        foreach (var partitions in _truth.Partitions.GroupBy(p => p.Log))
        {
            foreach (var partition in partitions)
                _given[(hub, partition.Log, partition.Partition)] = Math.Max(0, _truth.Of(partition).Count - _random.Next(100));
            Begin(hub, partitions.Key);
        }
    }

    private void Begin(int hub, LogId log) => _hubs[hub].Begin(new SourceLog(log, "log", "*", _truth.Partitions.Where(p => p.Log == log).ToDictionary(
        p => p.Partition, p => _given[(hub, log, p.Partition)] is var given && given < _truth.Of(p).Count ? _truth.Of(p)[given].Position.Offset : _truth.NextOffset(p))));

    /// <summary>The source lost some messages for one shard.</summary>
    private void Skip(int hub)
    {
        var partition = _truth.Partitions[_random.Next(_truth.Partitions.Count)];
        var key = (hub, partition.Log, partition.Partition);
        _given[key] = Math.Min(_truth.Of(partition).Count, _given[key] + _random.Next(5));
        Begin(hub, partition.Log);
    }

    /// <summary>A log is made anew; what a shard had not read of the old one it never reads.</summary>
    private void Recreate()
    {
        var old = _truth.Partitions[0].Log;
        var next = LogId.Of($"{old} again");
        _truth.Replace(old, next);
        for (var hub = 0; hub < Shards; hub++)
        {
            _hubs[hub].End(old, GapReason.EpochChanged);
            foreach (var partition in _truth.Partitions.Where(p => p.Log == next))
                _given[(hub, next, partition.Partition)] = 0;
            Begin(hub, next);
        }
    }
}
