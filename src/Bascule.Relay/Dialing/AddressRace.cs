using System.Net;
using System.Net.Sockets;

namespace Bascule.Relay;

/// <summary>Connects to the first address of a name that answers: both families in turn, a new one every 250 ms (RFC 8305).</summary>
internal static class AddressRace
{
    /// <summary>RFC 8305 §5: the time that an attempt has for itself before the next address is tried beside it.</summary>
    internal static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(250);

    /// <exception cref="SocketException">No address took the connection; the failure of the last one.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    internal static async Task<Socket> ConnectAsync(IReadOnlyList<IPAddress> addresses, int port, TimeProvider time, CancellationToken cancellation)
    {
        if (addresses.Count == 0)
            throw new SocketException((int)SocketError.HostNotFound);
        if (addresses.Count == 1)
            return await TryAsync(addresses[0], port, cancellation);

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        List<Task<Socket>> running = [];
        Task<Socket>? winner = null;
        try
        {
            winner = await RaceAsync(Interleave(addresses), port, running, time, over.Token);
            return await winner;
        }
        finally
        {
            await over.CancelAsync();
            foreach (var attempt in running)
                await DiscardAsync(attempt, winner);
        }
    }

    /// <summary>The family that the system prefers first, then one of each in turn, in the order of the system.</summary>
    internal static IReadOnlyList<IPAddress> Interleave(IReadOnlyList<IPAddress> addresses)
    {
        var preferred = addresses.Where(a => a.AddressFamily == addresses[0].AddressFamily).ToArray();
        var others = addresses.Where(a => a.AddressFamily != addresses[0].AddressFamily).ToArray();
        List<IPAddress> mixed = new(addresses.Count);
        for (var i = 0; i < Math.Max(preferred.Length, others.Length); i++)
        {
            if (i < preferred.Length)
                mixed.Add(preferred[i]);
            if (i < others.Length)
                mixed.Add(others[i]);
        }

        return mixed;
    }

    /// <summary>The first attempt that connected, or the last one that failed. All that were started are in <paramref name="running"/>.</summary>
    private static async Task<Task<Socket>> RaceAsync(
        IReadOnlyList<IPAddress> addresses, int port, List<Task<Socket>> running, TimeProvider time, CancellationToken cancellation)
    {
        List<Task<Socket>> open = [];
        for (var next = 0; ; next++)
        {
            var attempt = TryAsync(addresses[next], port, cancellation);
            running.Add(attempt);
            open.Add(attempt);
            var isLast = next == addresses.Count - 1;
            var pause = isLast ? null : Task.Delay(AttemptDelay, time, cancellation);
            while (open.Count > 0)
            {
                var done = await Task.WhenAny(pause is null ? open : [.. open, pause]);
                if (done == pause)
                    break;
                var ended = (Task<Socket>)done;
                if (ended.IsCompletedSuccessfully || cancellation.IsCancellationRequested || (isLast && open.Count == 1))
                    return ended;
                open.Remove(ended);
                // The next address need not wait for one that has failed.
                if (!isLast)
                    break;
            }
        }
    }

    private static async Task<Socket> TryAsync(IPAddress address, int port, CancellationToken cancellation)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(address, port), cancellation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task DiscardAsync(Task<Socket> attempt, Task<Socket>? winner)
    {
        if (attempt == winner)
            return;
        try
        {
            (await attempt).Dispose();
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // It lost: whether it failed or was stopped makes no difference.
            return;
        }
    }
}
