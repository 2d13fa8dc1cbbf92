using System.Net.Sockets;
using System.Text;

namespace Bascule.Gateway;

/// <summary>The file of a listening Unix socket, in a folder that only its user can enter.</summary>
internal static class HandoverPath
{
    /// <summary>sun_path of Linux without its closing zero.</summary>
    private const int MostBytes = 107;

    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes the folder, or checks the one that is there, and removes the file of a listener that is gone.</summary>
    /// <exception cref="IOException">Somebody else can enter the folder, or somebody listens there.</exception>
    internal static UnixDomainSocketEndPoint Claim(string path)
    {
        var endpoint = EndPoint(path);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        // An existing folder is left as it is, and then looked at.
        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder, Own);
            var mode = File.GetUnixFileMode(folder);
            if ((mode & ~Own) != UnixFileMode.None)
                throw new IOException($"{folder} can be entered by others (mode {Convert.ToString((int)mode, 8)}). Sockets of clients are handed over there: give it mode 700.");
        }

        if (File.Exists(path))
        {
            using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
            if (Connects(probe, endpoint))
                throw new IOException($"Somebody listens on {path} already.");
            File.Delete(path);
        }

        return endpoint;
    }

    /// <exception cref="ArgumentException">Linux takes no such long path.</exception>
    internal static UnixDomainSocketEndPoint EndPoint(string path)
    {
        var bytes = Encoding.UTF8.GetByteCount(path);
        return bytes is > 0 and <= MostBytes
            ? new UnixDomainSocketEndPoint(path)
            : throw new ArgumentException($"The path of a Unix socket has 1 to {MostBytes} bytes; this one has {bytes}: {path}", nameof(path));
    }

    private static bool Connects(Socket probe, UnixDomainSocketEndPoint endpoint)
    {
        try
        {
            probe.Connect(endpoint);
            return true;
        }
        catch (SocketException e)
        {
            // A full backlog is somebody, too.
            return e.SocketErrorCode is SocketError.WouldBlock or SocketError.TryAgain;
        }
    }
}
