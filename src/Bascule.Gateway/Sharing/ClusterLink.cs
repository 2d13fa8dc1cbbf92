using System.Threading.Channels;
using Bascule.Admission;
using Bascule.Cluster;
using Bascule.Model;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>What this gateway tells the others, and does at their word: the directory of connections, revocations.</summary>
public sealed class ClusterLink : IAsyncDisposable
{
    /// <summary>Bulletins kept while the storage is away. Who revokes more at such a time is told.</summary>
    private const int MostUnposted = 10_000;

    private static readonly TimeSpan PostAgain = TimeSpan.FromSeconds(1);

    private readonly Channel<Bulletin> _unposted = Channel.CreateBounded<Bulletin>(MostUnposted);
    private readonly CancellationTokenSource _over = new();
    private readonly IClusterStore? _store;
    private readonly ClusterCounts _counts;
    private readonly ClusterPulse? _pulse;
    private readonly OpenConnections _open;
    private readonly RevocationList _revocations;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private Task _running = Task.CompletedTask;

    /// <param name="store">Null: this gateway stands alone. It stays the caller's.</param>
    public ClusterLink(IClusterStore? store, ClusterCounts counts, OpenConnections open, RevocationList revocations, ILoggerFactory logs, TimeProvider time)
    {
        _store = store;
        _counts = counts;
        _open = open;
        _revocations = revocations;
        _log = logs.CreateLogger<ClusterLink>();
        _time = time;
        open.Changed += EndIfRevoked;
        if (store is null)
            return;
        Instance = $"{Environment.MachineName}:{Environment.ProcessId}";
        _pulse = new ClusterPulse(store, counts, PulseTerms.For(Instance, counts.ClaimLimit), time, logs.CreateLogger<ClusterPulse>());
        _pulse.BulletinArrived += (_, news) => Hear(news.Bulletin);
        if (store.IsShared)
            open.Changed += TellDirectory;
    }

    /// <summary>The name of this gateway among the others; empty when it stands alone.</summary>
    public string Instance { get; } = "";

    public ClusterState State => _counts.State;

    /// <summary>What the others use of shared things; null when this gateway stands alone.</summary>
    public SharedTotals? Totals => _pulse?.Totals;

    /// <summary>Orders that the others have not heard yet, because the storage is away.</summary>
    public int Unposted => _unposted.Reader.Count;

    /// <summary>The storage that gateways share, to ask for what all of them have; null when there is none.</summary>
    public IClusterStore? Shared => _store is { IsShared: true } ? _store : null;

    public void Start()
    {
        if (_pulse is null)
            return;
        _running = Task.WhenAll(_pulse.RunAsync(_over.Token), PostAsync());
    }

    /// <summary>Holds here at once, on the others within a pulse.</summary>
    /// <param name="fault">Why it could not be taken.</param>
    public bool TryRevoke(Revocation revocation, out string? fault)
    {
        if (!_revocations.TryAdd(revocation, out fault))
            return false;
        EndRevoked(revocation);
        if (_store is null || _unposted.Writer.TryWrite(new Bulletin(Bulletin.Revoke, revocation.ToJson(), revocation.Until)))
            return true;
        fault = $"It holds on this gateway, but {MostUnposted} orders wait for the storage already, so that the others will not hear of it: revoke again when the storage is back.";
        return false;
    }

    public async ValueTask DisposeAsync()
    {
        _open.Changed -= EndIfRevoked;
        _open.Changed -= TellDirectory;
        await _over.CancelAsync();
        await _running;
        _over.Dispose();
    }

    /// <summary>In their order, each until the storage has it.</summary>
    private async Task PostAsync()
    {
        while (!_over.IsCancellationRequested)
        {
            try
            {
                await _unposted.Reader.WaitToReadAsync(_over.Token);
                while (_unposted.Reader.TryPeek(out var next))
                {
                    if (!await _store!.PostAsync(next, _over.Token))
                        _log.BulletinsFull(Bulletin.MostAlive);
                    _unposted.Reader.TryRead(out _);
                }
            }
            catch (StoreUnavailableException e)
            {
                // It stays in the queue; the state of the cluster is told by the pulse.
                _log.NotPosted(Unposted, e.Seen);
                await Task.Delay(PostAgain, _time, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Hear(Bulletin bulletin)
    {
        if (bulletin.Kind != Bulletin.Revoke)
            return;
        if (Revocation.Parse(bulletin.Payload) is not { } revocation)
            _log.BulletinUnreadable(bulletin.Number);
        else if (!_revocations.TryAdd(revocation, out var fault))
            _log.RevocationNotTaken(fault!);
        else
            EndRevoked(revocation);
    }

    private void EndRevoked(Revocation revocation)
    {
        foreach (var connection in _open.All())
        {
            if (connection.Identity is { } identity && revocation.Matches(identity))
                EndIfRevoked(connection, opened: true);
        }
    }

    /// <summary>For a connection that opens, too: its token may have been revoked after it was checked, while the attempt waited for a slot.</summary>
    private void EndIfRevoked(OpenConnection connection, bool opened)
    {
        if (opened && connection.Identity is { } identity && _revocations.Check(identity) is { } ending)
            connection.TryTell(new Ending(EndReasons.TokenRevoked, ending.Detail), TimeSpan.Zero);
    }

    private void TellDirectory(OpenConnection connection, bool opened)
    {
        var id = connection.Attempt.Id.ToString();
        if (!opened)
        {
            _pulse!.Directory.Closed(id);
            return;
        }

        _pulse!.Directory.Opened(new Cluster.OpenConnection(id, connection.Attempt.StartedAt)
        {
            User = connection.Identity?.Subject,
            Route = connection.Route.Name,
            Pool = connection.Attempt.Pool ?? "",
            Node = connection.Node?.Name ?? "",
            Address = connection.Attempt.ClientAddress ?? "",
            Protocol = Words.Short(connection.Attempt.Protocol),
        });
    }
}
