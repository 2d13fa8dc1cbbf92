using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Bascule.Gateway;
using Bascule.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bascule.Handover.Child;

/// <summary>A gateway that hands over many sockets at once to a shard in another process, and says how it went.</summary>
internal sealed class ManyHandovers(int count) : IHandoverReceiver
{
    private readonly TaskCompletionSource<HandoverLink> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Socket[] _accepted = new Socket[count];
    private readonly Socket[] _clients = new Socket[count];
    private TaskCompletionSource<int> _descriptors = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _taken;
    private int _refused;

    public void Opened(HandoverLink link) => _opened.TrySetResult(link);

    public void Received(HandoverLink link, HandoverFrame frame)
    {
        if (frame.Kind == Kinds.Count)
        {
            _descriptors.TrySetResult(BinaryPrimitives.ReadInt32LittleEndian(frame.Payload.Span));
            return;
        }

        var number = (int)BinaryPrimitives.ReadInt64LittleEndian(frame.Payload.Span);
        if (frame.Kind == Kinds.Taken)
        {
            SocketRelease.LetGo(_accepted[number]);
            _taken++;
        }
        else
        {
            _refused++;
        }

        if (_taken + _refused == count)
            _answered.TrySetResult();
    }

    public void Closed(HandoverLink link, string reason) => _answered.TrySetException(new IOException(reason));

    /// <summary>Prints: handed over, refused, echoed; descriptors of this process and of the shard before and after; seconds; processor time of both.</summary>
    internal async Task RunAsync(string path, string token)
    {
        await using var dialer = new HandoverDialer(path, new HandoverTerms(token) { MostQueuedDescriptors = count }, this, NullLogger.Instance, TimeProvider.System);
        var link = await _opened.Task;
        SocketRelease.Prepare();
        var shardBefore = await ShardDescriptorsAsync(link, _ => true);
        var before = OpenDescriptors.Of(Environment.ProcessId);
        await ConnectAsync();

        using var own = Process.GetCurrentProcess();
        using var shard = Process.GetProcessById(link.PeerProcess);
        var (ownWork, shardWork) = (own.TotalProcessorTime, shard.TotalProcessorTime);
        var clock = TimeProvider.System.GetTimestamp();
        HandOver(link);
        await _answered.Task;
        var seconds = TimeProvider.System.GetElapsedTime(clock).TotalSeconds;
        own.Refresh();
        shard.Refresh();
        ownWork = own.TotalProcessorTime - ownWork;
        shardWork = shard.TotalProcessorTime - shardWork;

        var echoed = 0;
        for (var i = 0; i < count; i++)
            echoed += await EchoesAsync(_clients[i], i) ? 1 : 0;
        foreach (var client in _clients)
            client.Dispose();
        var shardAfter = await ShardDescriptorsAsync(link, n => n <= shardBefore);
        var after = await OwnDescriptorsAsync(before);
        Console.WriteLine($"taken {_taken} refused {_refused} echoed {echoed} own {before} {after} shard {shardBefore} {shardAfter} "
            + $"seconds {seconds:0.0000} work {ownWork.TotalSeconds:0.00} {shardWork.TotalSeconds:0.00}");
    }

    /// <summary>As the gateway's listener does: accepted and waited for by .NET; the request taken, more bytes left where they are.</summary>
    private async Task ConnectAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(128);
        for (var i = 0; i < count; i++)
        {
            _clients[i] = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            var accepting = listener.AcceptSocketAsync();
            await _clients[i].ConnectAsync(listener.LocalEndpoint);
            _accepted[i] = await accepting;
            var waiting = _accepted[i].ReceiveAsync(Memory<byte>.Empty);
            await _clients[i].SendAsync(Encoding.ASCII.GetBytes($"early {i};"));
            await waiting;
        }
    }

    private void HandOver(HandoverLink link)
    {
        Span<byte> payload = stackalloc byte[8 + 6];
        "first;"u8.CopyTo(payload[8..]);
        for (var i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(payload, i);
            if (link.Send(Kinds.Take, payload, _accepted[i].SafeHandle) is not HandoverSend.Queued and var result)
                throw new InvalidOperationException($"{i} of {count}: {result}");
        }
    }

    private static async Task<bool> EchoesAsync(Socket client, int number)
    {
        var expected = $"first;early {number};";
        var buffer = new byte[64];
        var read = 0;
        while (read < expected.Length && await client.ReceiveAsync(buffer.AsMemory(read)) is > 0 and var more)
            read += more;
        return Encoding.ASCII.GetString(buffer, 0, read) == expected;
    }

    /// <summary>A socket that is let go is closed by the last of those who still hold it, which may be the thread that completed its read.</summary>
    private static async Task<int> OwnDescriptorsAsync(int enough)
    {
        for (var left = 1000; ; left--)
        {
            var descriptors = OpenDescriptors.Of(Environment.ProcessId);
            if (descriptors <= enough || left == 0)
                return descriptors;
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>The shard notices the end of its clients a little later than they do.</summary>
    private async Task<int> ShardDescriptorsAsync(HandoverLink link, Func<int, bool> enough)
    {
        for (var left = 1000; ; left--)
        {
            _descriptors = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            link.Send(Kinds.Count, []);
            var descriptors = await _descriptors.Task;
            if (enough(descriptors) || left == 0)
                return descriptors;
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, CancellationToken.None);
        }
    }
}
