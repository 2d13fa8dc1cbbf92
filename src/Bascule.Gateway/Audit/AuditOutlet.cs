using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Where one sink takes its work from: a bounded queue and the one task that empties it.</summary>
internal sealed class AuditOutlet : IAsyncDisposable
{
    /// <summary>About 200 kB of lines: one write, and short enough to be tried again whole.</summary>
    private const int MaxBatch = 500;

    /// <summary>Between two tries of a sink that fails.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>For what still waits when the gateway stops: a sink that hangs must not hold it.</summary>
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(5);

    private readonly IAuditSink _sink;
    private readonly string _place;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Action<long> _countDropped;
    private readonly Channel<AuditEntry> _queue;
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationTokenSource _givenUp = new();
    private readonly Task _writing;
    private string? _fault;
    private long _dropped;
    private long _droppedSince;

    /// <param name="place">Its name in log lines and metrics: <c>file</c> or <c>database</c>.</param>
    internal AuditOutlet(IAuditSink sink, string place, int waiting, Action<long> countDropped, ILogger log, TimeProvider time)
    {
        (_sink, _place, _countDropped, _log, _time) = (sink, place, countDropped, log, time);
        _queue = Channel.CreateBounded<AuditEntry>(new BoundedChannelOptions(waiting) { SingleReader = true });
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>Why nothing can be written now; null when all is well.</summary>
    internal string? Fault => Volatile.Read(ref _fault);

    /// <summary>Puts an entry into the queue, or counts it as dropped. Never blocks.</summary>
    internal void Offer(AuditEntry entry)
    {
        if (_queue.Writer.TryWrite(entry))
            return;
        Interlocked.CompareExchange(ref _droppedSince, _time.GetUtcNow().UtcTicks, 0);
        Interlocked.Increment(ref _dropped);
        _countDropped(1);
    }

    internal Task<AuditPage> ReadAsync(AuditFilter filter, int max, CancellationToken cancellation) => _sink.ReadAsync(filter, max, cancellation);

    /// <summary>Writes what waits, once; what then cannot be written is counted and told in the log.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _closing.CancelAsync();
        using (var goodbye = new CancellationTokenSource(Goodbye, _time))
        await using (goodbye.Token.Register(_givenUp.Cancel))
            await _writing;
        _closing.Dispose();
        _givenUp.Dispose();
    }

    private async Task WriteAllAsync()
    {
        var batch = new List<AuditEntry>(MaxBatch);
        while (Volatile.Read(ref _dropped) > 0 || await _queue.Reader.WaitToReadAsync())
        {
            while (batch.Count < MaxBatch && _queue.Reader.TryRead(out var entry))
                batch.Add(entry);
            TellDropped(batch);
            if (!await TryUntilWrittenAsync(batch))
            {
                GiveUp(batch);
                return;
            }

            batch.Clear();
        }
    }

    /// <summary>The gap stands behind the entries that were in the queue when it was full.</summary>
    private void TellDropped(List<AuditEntry> batch)
    {
        var count = Interlocked.Exchange(ref _dropped, 0);
        if (count == 0)
            return;
        var now = _time.GetUtcNow();
        // 0: the time of this one was told with those before it, a moment ago.
        var since = Interlocked.Exchange(ref _droppedSince, 0) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : now;
        batch.Add(AuditEntries.Dropped(now, count, since));
        _log.AuditDropped(count, _place);
    }

    /// <summary>Tries until it works. False: the gateway stops, and the last try failed.</summary>
    private async Task<bool> TryUntilWrittenAsync(List<AuditEntry> batch)
    {
        while (!await TryWriteAsync(batch))
        {
            if (_closing.IsCancellationRequested)
                return false;
            // Cut short by the stop, which leaves one more try.
            await Task.Delay(Pause, _time, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return true;
    }

    private async Task<bool> TryWriteAsync(List<AuditEntry> batch)
    {
        try
        {
            await _sink.AppendAsync(batch, _givenUp.Token);
        }
        catch (Exception e)
        {
            // Whatever the disk or the database has: the traffic goes on, and operators see it here, in /readyz and in the metrics.
            if (Interlocked.Exchange(ref _fault, e.Message) is null)
                _log.AuditFailing(_place, e.Message);
            return false;
        }

        if (Interlocked.Exchange(ref _fault, null) is not null)
            _log.AuditRecovered(_place);
        return true;
    }

    private void GiveUp(List<AuditEntry> batch)
    {
        long lost = batch.Count;
        while (_queue.Reader.TryRead(out _))
            lost++;
        _countDropped(lost);
        _log.AuditDropped(lost, _place);
    }
}
