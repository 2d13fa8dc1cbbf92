using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Bascule.Gateway;

/// <summary>The epoll sets of this process, in which .NET waits for its sockets.</summary>
internal static class EpollSets
{
    private const string Folder = "/proc/self/fd";
    private const string Target = "anon_inode:[eventpoll]";

    /// <summary>.NET makes all its sets at once, with the first socket that has to wait, and keeps them: so one waits here, and what is found then is all there ever is.</summary>
    /// <exception cref="PlatformNotSupportedException">No set has that socket: this runtime waits in another way.</exception>
    internal static IReadOnlyList<int> Find(string folder = Folder)
    {
        using var waiting = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        waiting.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var operation = new SocketAsyncEventArgs();
        operation.SetBuffer(new byte[1]);
        if (!waiting.ReceiveAsync(operation))
            throw new InvalidOperationException("A socket to which nobody sends received something.");
        List<int> sets = [.. Open(folder)];
        var found = false;
        foreach (var set in sets)
            found |= SystemCalls.RemoveFromEpoll(set, (int)waiting.SafeHandle.DangerousGetHandle());
        return found ? sets : throw new PlatformNotSupportedException(
            $"None of the {sets.Count} epoll sets of this process has a socket that waits; without that, sockets cannot be handed over. Set hub.mode to `single`.");
    }

    private static IEnumerable<int> Open(string folder)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            if (entry.LinkTarget == Target)
                yield return int.Parse(entry.Name, CultureInfo.InvariantCulture);
        }
    }
}
