using System.Text.Json;
using Bascule.Terminal;

namespace Bascule.Cli;

/// <summary>The folder of a session host: one host at a time, and the file by which gateways find it.</summary>
internal sealed class HostFolder : IDisposable
{
    private const string FileName = "host.json";
    private const string LockName = "host.lock";

    private readonly string _folder;
    private readonly FileStream _lock;

    private HostFolder(string folder, FileStream @lock)
    {
        _folder = folder;
        _lock = @lock;
    }

    /// <exception cref="IOException">Another host has it, or it cannot be made.</exception>
    internal static HostFolder Take(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        // The system lets go of it when the process ends, however it ends.
        try
        {
            return new HostFolder(folder, new FileStream(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e)
        {
            throw new IOException($"{folder} has a session host already, or cannot be written ({e.Message})", e);
        }
    }

    /// <summary>Tells gateways. Whole at once: who reads it never sees half of it.</summary>
    internal void Tell(Uri url, string id, string key)
    {
        var draft = Path.Combine(_folder, FileName + ".new");
        OwnerFile.Write(draft, JsonSerializer.Serialize(new HostEntry(Environment.ProcessId, HostProcess.StartTime(), url.ToString(), id, key), JsonSerializerOptions.Web));
        File.Move(draft, Path.Combine(_folder, FileName), overwrite: true);
    }

    /// <summary>The host is not to be found any more.</summary>
    internal void Withdraw() => File.Delete(Path.Combine(_folder, FileName));

    public void Dispose() => _lock.Dispose();

    private sealed record HostEntry(int Pid, long StartTime, string Url, string Id, string Key);
}
