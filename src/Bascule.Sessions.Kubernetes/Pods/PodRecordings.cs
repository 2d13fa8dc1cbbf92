using Microsoft.Extensions.Logging;

namespace Bascule.Sessions.Kubernetes;

/// <summary>Takes recordings out of pods, before these go, into the folder from which the gateway hands them out.</summary>
/// <param name="folder">Null: nothing is kept.</param>
internal sealed class PodRecordings(string? folder, AgentCalls agents, ILogger log, TimeProvider time) : IAsyncDisposable
{
    private const int MostTries = 2;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // One for each recording that is on its way: the watch and who ends the session ask at the same time, and neither goes on without it.
    private readonly Dictionary<SessionId, Task> _onTheWay = [];
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();

    /// <summary>What is on its way is given up: another gateway, or the next life of this one, may take it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Task[] last;
        lock (_gate)
            last = [.. _onTheWay.Values];
        await Task.WhenAll(last);
        _stop.Dispose();
    }

    /// <summary>Done when the recording of a terminal that ended is here, or cannot be: the log says why. Twice is once. Who stops to wait does not stop it.</summary>
    internal async Task KeepAsync(Uri agent, string secret, SessionId id, CancellationToken cancellation)
    {
        if (folder is null)
            return;
        Task? taking;
        lock (_gate)
        {
            if (_stop.IsCancellationRequested)
                return;
            if (!_onTheWay.TryGetValue(id, out taking))
                _onTheWay[id] = taking = TakeAsync(folder, agent, secret, id);
        }

        await taking.WaitAsync(cancellation);
    }

    private async Task TakeAsync(string place, Uri agent, string secret, SessionId id)
    {
        // The caller holds the lock.
        await Task.Yield();
        try
        {
            for (var tries = 1; !File.Exists(Path.Combine(place, $"{id}.cast")); tries++)
            {
                if (await TryAsync(place, agent, secret, id) is not { } fault)
                    return;
                if (tries == MostTries || !fault.MayPass)
                {
                    log.RecordingLost(id, fault.Text);
                    return;
                }

                await Task.Delay(Pause, time, _stop.Token);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.RecordingLost(id, e.Message);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The gateway stops.
        }
        finally
        {
            lock (_gate)
                _onTheWay.Remove(id);
        }
    }

    /// <returns>Null when it is here and whole, or why not.</returns>
    private async Task<RecordingFault?> TryAsync(string place, Uri agent, string secret, SessionId id)
    {
        Directory.CreateDirectory(place);
        // A gateway that has the same folder may take it now, too: it has a file of its own.
        var part = Path.Combine(place, $"{id}.{Guid.NewGuid():N}.part");
        await using var file = new FileStream(part, OwnFile());
        try
        {
            var fault = await agents.RecordingAsync(agent, secret, id, file, _stop.Token);
            await file.FlushAsync(_stop.Token);
            if (fault is null)
                File.Move(part, Path.Combine(place, $"{id}.cast"), overwrite: true);
            return fault;
        }
        finally
        {
            // Nothing happens when it was moved.
            File.Delete(part);
        }
    }

    private static FileStreamOptions OwnFile()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
}

/// <summary>Why a recording did not come.</summary>
/// <param name="MayPass">Another try may bring it.</param>
internal sealed record RecordingFault(string Text, bool MayPass);
