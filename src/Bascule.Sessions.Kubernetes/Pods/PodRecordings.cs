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
            string? fault;
            await using (var file = new FileStream(part, OwnFile()))
                fault = await agents.RecordingAsync(agent, secret, id, file, cancellation);
            if (fault is null)
                File.Move(part, whole, overwrite: true);
            else if (!File.Exists(whole))
                log.RecordingLost(id, fault);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.RecordingLost(id, e.Message);
        }
        finally
        {
            // Nothing happens when it was moved, or never made.
            if (Directory.Exists(folder))
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
