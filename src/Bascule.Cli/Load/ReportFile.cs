namespace Bascule.Cli;

/// <summary>The file that a report goes into. Tried before the run: an hour of load must not end with a report that has no place.</summary>
internal static class ReportFile
{
    /// <summary>Why nothing can be written there; null when it can. A file that was not there is not there afterwards.</summary>
    internal static string? FaultOf(string path)
    {
        var isNew = !File.Exists(path);
        try
        {
            using (new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write))
            {
                // Opening it says all.
            }

            if (isNew)
                File.Delete(path);
            return null;
        }
        catch (Exception e) when (IsRefusal(e))
        {
            return $"--out {path}: {e.Message} Name a file in a folder that is there and may be written.";
        }
    }

    /// <summary>Writes it, or says why not; then the caller still has the text.</summary>
    internal static async Task<string?> WriteAsync(string path, string text)
    {
        try
        {
            await File.WriteAllTextAsync(path, text, CancellationToken.None);
            return null;
        }
        catch (Exception e) when (IsRefusal(e))
        {
            return $"The report could not be written to {path}: {e.Message} It follows here.";
        }
    }

    private static bool IsRefusal(Exception e) => e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException;
}
