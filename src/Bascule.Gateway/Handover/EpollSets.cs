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
    /// <exception cref="InvalidOperationException">No set has that socket: this runtime waits in another way.</exception>
    internal static IReadOnlyList<int> Find()
    {
        using var waiting = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        waiting.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var operation = new SocketAsyncEventArgs();
        operation.SetBuffer(new byte[1]);
        if (!waiting.ReceiveAsync(operation))
            throw new InvalidOperationException("A socket to which nobody sends received something.");
        List<int> sets = [.. Open()];
        var found = false;
        foreach (var set in sets)
            found |= SystemCalls.RemoveFromEpoll(set, (int)waiting.SafeHandle.DangerousGetHandle());
        return found ? sets : throw new InvalidOperationException($"None of the {sets.Count} epoll sets of this process has a socket that waits; without that, sockets cannot be handed over.");
    }

    private static IEnumerable<int> Open()
    {
        foreach (var entry in new DirectoryInfo(Folder).EnumerateFileSystemInfos())
        {
            if (entry.LinkTarget == Target)
                yield return int.Parse(entry.Name, CultureInfo.InvariantCulture);
        }
    }
}
