using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Whose a folder for shards is, and clearing away those whose gateway was killed: they hold secrets.</summary>
internal static class LeftFolders
{
    internal const string Beginning = "bascule-";

    /// <summary>In each folder: process id and start of the gateway, which keeps it locked as long as it lives. The lock also holds where another container cannot see the process.</summary>
    internal const string OwnerName = "owner";

    // The 22nd field of /proc/PID/stat, counted from the one after the name, which may hold spaces.
    private const int StartField = 22 - 3;

    /// <summary>Says that the folder is this process's, until what is returned is disposed.</summary>
    internal static FileStream Claim(string folder)
    {
        var owner = new FileStream(Path.Combine(folder, OwnerName), FileMode.CreateNew, FileAccess.Write, FileShare.None);
        owner.Write(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId} {StartOf(Environment.ProcessId)}\n")));
        owner.Flush();
        return owner;
    }

    /// <summary>Deletes what gateways of the same user left that are no more. What cannot be judged is left alone.</summary>
    internal static void Sweep(string root, ILogger log)
    {
        foreach (var folder in new DirectoryInfo(root).EnumerateDirectories(Beginning + "*"))
        {
            try
            {
                if (TryDelete(folder))
                    log.LeftFolderDeleted(folder.FullName);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Locked by its gateway, which lives; or cleared away by another one in this moment.
                log.LeftFolderKept(folder.FullName, e.Message);
            }
        }
    }

    private static bool TryDelete(DirectoryInfo folder)
    {
        var path = Path.Combine(folder.FullName, OwnerName);
        // In a folder that only we can enter, nobody else has made the file.
        if (!SystemCalls.IsOwnFolder(folder.FullName) || !File.Exists(path))
            return false;
        using var owner = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        using var reader = new StreamReader(owner);
        // Where there are no locks, the process tells.
        if (reader.ReadToEnd().Split(' ') is not [var process, var start] || !int.TryParse(process, out var id) || StartOf(id) == start.TrimEnd())
            return false;
        folder.Delete(recursive: true);
        return true;
    }

    /// <summary>When the process began, as the kernel counts; empty when there is none. The id alone may be another's by now.</summary>
    private static string StartOf(int process)
    {
        try
        {
            var line = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            return line[(line.LastIndexOf(')') + 2)..].Split(' ')[StartField];
        }
        catch (IOException)
        {
            return "";
        }
    }
}
