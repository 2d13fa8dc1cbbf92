using Bascule.Backends;
using Bascule.Relay;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>The ways to nodes: WebSockets over HTTP/1.1 and HTTP/2, connections that are kept ready, and checks. They follow the settings of the pools.</summary>
public sealed class Dialers : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<NodeAddress> _wanted = [];
    private readonly PoolTable _pools;
    private readonly ReadyConnections _ready;
    private readonly BackendDialer _http1;
    private readonly Http2Dialer _http2;

    public Dialers(PoolTable pools, DeadlineSettings deadlines, TimeProvider time)
    {
        _pools = pools;
        var limits = new DialLimits(deadlines.Connect, deadlines.Upgrade);
        Connector = new NodeConnector(time);
        _ready = new ReadyConnections(Connector, deadlines.Connect, time);
        _http1 = new BackendDialer(Connector, limits, time, _ready);
        _http2 = new Http2Dialer(Connector, _http1, limits, time);
    }

    public NodeConnector Connector { get; }

    public static NodeAddress AddressOf(Node node) => new(node.Url, node.InsecureTls, node.Address);

    public Task<DialResult> DialAsync(DialTarget target, BackendProtocol protocol, CancellationToken cancellation) =>
        protocol == BackendProtocol.Http2 ? _http2.DialAsync(target, cancellation) : _http1.DialAsync(target, cancellation);

    /// <summary>Keeps as many connections ready as the pools ask for; to be called again when pools or nodes change.</summary>
    public void Follow()
    {
        lock (_gate)
        {
            var wanted = new Dictionary<NodeAddress, int>();
            foreach (var pool in _pools.All.Where(p => p.Settings.Ready > 0))
            {
                foreach (var address in pool.Nodes.Where(n => n.IsUsable).Select(AddressOf))
                    wanted[address] = Math.Max(wanted.GetValueOrDefault(address), pool.Settings.Ready);
            }

            foreach (var gone in _wanted.Where(address => !wanted.ContainsKey(address)).ToList())
            {
                _ready.SetWanted(gone, 0);
                _wanted.Remove(gone);
            }

            foreach (var (address, count) in wanted)
            {
                _ready.SetWanted(address, count);
                _wanted.Add(address);
            }
        }
    }

    /// <summary>One row for each pool; a node in two pools counts for both.</summary>
    public IEnumerable<ReadyReading> Readings()
    {
        var counts = _ready.Counts().ToDictionary(c => c.Node);
        return _pools.All.Select(pool =>
        {
            var own = pool.Nodes.Select(AddressOf).Where(counts.ContainsKey).Select(address => counts[address]).ToList();
            return new ReadyReading(pool.Name, own.Sum(c => c.Ready), own.Sum(c => c.Hits), own.Sum(c => c.Misses));
        });
    }

    public async ValueTask DisposeAsync()
    {
        _http2.Dispose();
        await _ready.DisposeAsync();
    }
}
