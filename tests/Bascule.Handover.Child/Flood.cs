using System.Net.Sockets;
using Bascule.Gateway;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bascule.Handover.Child;

/// <summary>Both sides of a link in this process; the one that takes sockets begins late.</summary>
internal sealed class Flood(int count) : IHandoverReceiver, IDisposable
{
    private readonly TaskCompletionSource<HandoverLink> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _begin = new();
    private int _arrived;

    /// <returns>Sockets that arrived.</returns>
    internal static async Task<int> RunAsync(int count, int? leaveDescriptors = null)
    {
        var folder = Directory.CreateTempSubdirectory("bascule-").FullName;
        var path = Path.Combine(folder, "shard.sock");
        using var taking = new Flood(count);
        using var sending = new Flood(count);
        // Those that wait to be sent are second descriptors here: less than are free, so that some are left to take them.
        var terms = new HandoverTerms("both sides are one here") { MostQueuedDescriptors = 10 };
        await using (HandoverListener.Open(path, terms, taking, NullLogger.Instance, TimeProvider.System))
        await using (new HandoverDialer(path, terms, sending, NullLogger.Instance, TimeProvider.System))
        {
            var link = await sending._opened.Task;
            await taking._opened.Task;
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            if (leaveDescriptors is { } free)
                Limits.LeaveDescriptors(free);
            var timer = TimeProvider.System.CreateTimer(_ => taking._begin.Set(), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
            for (var i = 0; i < count; i++)
            {
                while (link.Send(1, [], socket.SafeHandle) == HandoverSend.Full)
                    await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None);
            }

            await taking._over.Task;
            await timer.DisposeAsync();
        }

        Directory.Delete(folder);
        return taking._arrived;
    }

    public void Opened(HandoverLink link) => _opened.TrySetResult(link);

    public void Received(HandoverLink link, HandoverFrame frame)
    {
        _begin.Wait();
        frame.Descriptor?.Dispose();
        _arrived += frame.Descriptor is null ? 0 : 1;
        if (_arrived == count)
            _over.TrySetResult();
    }

    public void Closed(HandoverLink link, string reason) => _over.TrySetResult();

    public void Dispose() => _begin.Dispose();
}
