using Microsoft.Extensions.Logging;

namespace Bascule.Sessions;

/// <summary>Keeps one living session host for the folder: finds the one that is there, else starts one, ever more rarely when that goes wrong.</summary>
/// <param name="onLost">Called once for each host that is gone, after its leftovers were killed.</param>
internal sealed class HostKeeper(HostSetup setup, Action<string> onLost, TimeProvider time, ILogger log) : IDisposable
{
    private const int MostLost = 100;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60);

    // A host that lived for so long did not fail by how it is started.
    private static readonly TimeSpan LongLife = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile HostFile? _current;
    private volatile string? _fault;
    private volatile IReadOnlyList<string> _lost = [];
    private DateTimeOffset _foundAt;
    private long _notBeforeTicks;
    private TimeSpan _pause;

    /// <summary>The host that was there when it was last looked at.</summary>
    internal HostFile? Current => _current;

    /// <summary>Why there is none; null when there is one.</summary>
    internal string? Fault => _current is null ? _fault : null;

    /// <summary>Hosts that were seen to be gone, the latest ones.</summary>
    internal IReadOnlyList<string> Lost => _lost;

    /// <summary>Where there is none, nobody starts one before.</summary>
    internal DateTimeOffset NextTry
    {
        get => new(Interlocked.Read(ref _notBeforeTicks), TimeSpan.Zero);
        private set => Interlocked.Exchange(ref _notBeforeTicks, value.UtcTicks);
    }

    /// <returns>A host that lives, or null: <see cref="Fault"/> says why. Bounded by the time that a start takes.</returns>
    internal async Task<HostFile?> EnsureAsync(CancellationToken cancellation)
    {
        if (_current is { } current && current.IsAlive())
            return current;
        await _turn.WaitAsync(cancellation);
        try
        {
            if (_current is { } latest)
            {
                if (latest.IsAlive())
                    return latest;
                await LoseAsync(latest.Id);
            }

            if (HostFile.Read(setup.Folder, out var fault) is { } found)
            {
                if (found.IsAlive())
                    return Take(found, "found");
                await LoseAsync(found.Id);
            }

            return time.GetUtcNow() < NextTry ? null : await StartAsync(fault, cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<HostFile?> StartAsync(string? fault, CancellationToken cancellation)
    {
        var host = setup.Start(cancellation);
        var began = time.GetTimestamp();
        while (time.GetElapsedTime(began) < StartLimit)
        {
            // Looked at first: it may be another one, that was quicker, of which the file tells.
            var hasEnded = host.IsCompleted;
            if (HostFile.Read(setup.Folder, out fault) is { } file && file.IsAlive())
                return Take(file, "started");
            if (hasEnded)
                return Fail(fault ?? await LastWordsAsync(host));
            await Task.WhenAny(host, Task.Delay(Look, time, cancellation));
            cancellation.ThrowIfCancellationRequested();
        }

        return Fail(fault ?? $"It did not write {HostFile.Name} in {StartLimit.TotalSeconds:0} s; see its log in {setup.Folder}.");
    }

    private static async Task<string> LastWordsAsync(Task<string> host)
    {
        try
        {
            return await host;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return e.Message;
        }
    }

    private HostFile Take(HostFile host, string how)
    {
        _foundAt = time.GetUtcNow();
        _fault = null;
        _current = host;
        log.HostTaken(how, host.Id, host.Pid, host.Url);
        return host;
    }

    private HostFile? Fail(string seen)
    {
        _pause = LongerPause();
        NextTry = time.GetUtcNow() + _pause;
        _fault = $"There is no session host, and none could be started: {seen.TrimEnd('.')}. It is tried again every {_pause.TotalSeconds:0} s.";
        log.HostNotStarted(seen, _pause.TotalSeconds);
        return null;
    }

    private TimeSpan LongerPause() => _pause == TimeSpan.Zero ? FirstPause : _pause * 2 < LongestPause ? _pause * 2 : LongestPause;

    private async Task LoseAsync(string id)
    {
        if (_current?.Id == id)
        {
            // One that dies young may die again: the next one waits, longer each time.
            _pause = time.GetUtcNow() - _foundAt >= LongLife ? TimeSpan.Zero : LongerPause();
            NextTry = time.GetUtcNow() + _pause;
            _fault = "The session host has died; another one is started.";
            _current = null;
        }

        if (_lost.Contains(id, StringComparer.Ordinal))
            return;
        log.HostLost(id);
        await Task.Run(() => setup.KillLeftovers(id));
        _lost = [.. _lost.TakeLast(MostLost - 1), id];
        onLost(id);
    }
}
