using System.Security.Cryptography;

namespace Bascule.Gateway;

/// <summary>Where recordings lie: tried at the start, and not with the first session that should be recorded.</summary>
internal static class RecordingFolder
{
    /// <exception cref="IOException">It cannot be written.</exception>
    internal static void Prepare(string folder)
    {
        var trial = Path.Combine(folder, $".trial-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}");
        try
        {
            Directory.CreateDirectory(folder);
            File.Create(trial, bufferSize: 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"the folder {folder} for recordings cannot be written: {e.Message} Name one that may be, with sessions.recordings, or set recording to off in every profile.", e);
        }
    }
}
