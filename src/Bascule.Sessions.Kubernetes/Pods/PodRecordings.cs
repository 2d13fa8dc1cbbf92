using Microsoft.Extensions.Logging;

namespace Bascule.Sessions.Kubernetes;

/// <summary>Takes recordings out of pods, before these go, into the folder from which the gateway hands them out.</summary>
/// <param name="folder">Null: nothing is kept.</param>
internal sealed class PodRecordings(string? folder, AgentCalls agents, ILogger log)
{
    /// <summary>Done when the recording of a terminal that ended is here, or cannot be: the log says why. Twice is once.</summary>
    internal async Task KeepAsync(Uri agent, string secret, SessionId id, CancellationToken cancellation)
    {
        if (folder is null)
            return;
        var whole = Path.Combine(folder, $"{id}.cast");
        // Whoever else takes it now, in this process or one that has the same folder, has a file of his own.
        var part = Path.Combine(folder, $"{id}.{Guid.NewGuid():N}.part");
        try
        {
            if (File.Exists(whole))
                return;
            Directory.CreateDirectory(folder);
            if (await TakeAsync(part, whole, agent, secret, id, cancellation) is { } fault && !File.Exists(whole))
                log.RecordingLost(id, fault);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.RecordingLost(id, e.Message);
        }
    }

    /// <returns>Null when it is whole, or why not.</returns>
    private async Task<string?> TakeAsync(string part, string whole, Uri agent, string secret, SessionId id, CancellationToken cancellation)
    {
        await using var file = new FileStream(part, OwnFile());
        try
        {
            var fault = await agents.RecordingAsync(agent, secret, id, file, cancellation);
            await file.FlushAsync(cancellation);
            if (fault is null)
                File.Move(part, whole, overwrite: true);
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
