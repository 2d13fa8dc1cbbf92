using System.Net.Sockets;

namespace Bascule.Handover.Child;

/// <summary>Serves all sockets on one thread that is there from the beginning: a process without free descriptors cannot start another one (.NET ends it as out of memory).</summary>
internal sealed class EchoThread
{
    private readonly List<Socket> _sockets = [];
    private readonly byte[] _buffer = new byte[256];

    internal EchoThread() => new Thread(Run) { IsBackground = true, Name = "echo" }.Start();

    internal void Serve(Socket socket, byte[] first)
    {
        socket.Blocking = true;
        if (first.Length > 0)
            socket.Send(first);
        lock (_sockets)
            _sockets.Add(socket);
    }

    /// <summary>Waits until no thread is needed any more for what was begun.</summary>
    internal static void AwaitQuiet()
    {
        for (var (quiet, before) = (0, -1L); quiet < 10;)
        {
            Pause(50);
            var now = ThreadPool.CompletedWorkItemCount;
            quiet = now == before && ThreadPool.PendingWorkItemCount == 0 ? quiet + 1 : 0;
            before = now;
        }
    }

    /// <summary>Without another thread, which awaiting would need.</summary>
    internal static void Pause(int milliseconds)
    {
        using var never = new ManualResetEventSlim();
        never.Wait(milliseconds);
    }

    private void Run()
    {
        while (true)
        {
            lock (_sockets)
                _sockets.RemoveAll(socket => socket.Poll(0, SelectMode.SelectRead) && !Echo(socket));
            Pause(5);
        }
    }

    /// <returns>False when the client left.</returns>
    private bool Echo(Socket socket)
    {
        var count = socket.Receive(_buffer, SocketFlags.None, out var error);
        if (error == SocketError.Success && count > 0)
            return socket.Send(_buffer.AsSpan(0, count), SocketFlags.None, out error) == count;
        socket.Dispose();
        return false;
    }
}
