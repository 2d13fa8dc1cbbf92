using Bascule.Protocol;
using Bascule.Settings;

namespace Bascule.Hub;

/// <summary>What the connections of one shard share: threads that send, the sweep, presence, what users may send.</summary>
public sealed class HubServing : IAsyncDisposable
{
    private readonly SendLoop[] _loops;
    private readonly FanoutClock _fanout;
    private readonly IReadOnlyDictionary<string, TopicSettings> _rules;
    private readonly PresenceTable _presence;
    private int _next;

    /// <param name="loops">How many threads send at once; the cores of the machine at most.</param>
    public HubServing(TopicHub hub, HubSettings settings, int loops, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(loops, 1);
        Hub = hub;
        Time = time;
        Allowances = new UserAllowances(time);
        _loops = new SendLoop[loops];
        for (var i = 0; i < loops; i++)
            _loops[i] = new SendLoop();
        _fanout = new FanoutClock(_loops, time);
        hub.Measure(_fanout);
        _rules = settings.Topics;
        Board = new PresenceBoard(time);
        _presence = PresenceAt(table => Board.Enter("own", table));
        Sweep = new HubSweep(Board, time);
    }

    public TopicHub Hub { get; }

    /// <summary>Connections that are open now.</summary>
    public int Count => Sweep.Count;

    /// <summary>What all connections carried so far; up to a second old for those that are open.</summary>
    public HubCounts Counts => Sweep.Counts;

    /// <summary>How long messages took to the clients of these threads; event streams and polls are none.</summary>
    public FanoutFigures Fanout => _fanout.Figures;

    /// <summary>Where presence comes together: of the connections here, and of all shards that enter it.</summary>
    public PresenceBoard Board { get; }

    internal HubSweep Sweep { get; }

    /// <summary>What each user may send to this process.</summary>
    internal UserAllowances Allowances { get; }

    internal TimeProvider Time { get; }

    /// <summary>A client after its 101; <see cref="HubConnection.RunAsync"/> serves it.</summary>
    /// <param name="presence">Of a shard, what counts for the gateway that the client came through; null: the own board counts.</param>
    public HubConnection Open(HubClient client, HubTerms terms, IHubDoor door, PresenceTable? presence = null)
    {
        var loop = _loops[(uint)Interlocked.Increment(ref _next) % (uint)_loops.Length];
        return new HubConnection(this, client, terms, door, presence ?? _presence, loop);
    }

    /// <summary>Presence of connections that count at another desk than the own board.</summary>
    public PresenceTable PresenceAt(Func<IPresenceReader, IPresenceDesk> enter) => new(_rules, enter);

    /// <summary>All that are open now.</summary>
    public IReadOnlyList<HubConnection> Open() => Sweep.Open();

    /// <summary>Ends the sweep. The connections are ended and awaited by their owner before.</summary>
    public ValueTask DisposeAsync() => Sweep.DisposeAsync();
}
