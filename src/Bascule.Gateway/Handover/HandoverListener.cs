using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>The shard's side: takes links of gateways on a Unix socket.</summary>
public sealed class HandoverListener : IAsyncDisposable
{
    private const int MostLinks = 64;

    private readonly string _path;
    private readonly Socket _listening;
    private readonly HandoverTerms _terms;
    private readonly IHandoverReceiver _receiver;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<HandoverLink, Task> _links = [];
    private readonly CancellationTokenSource _stopped = new();
    private readonly Task _accepting;

    private HandoverListener(string path, Socket listening, HandoverTerms terms, IHandoverReceiver receiver, ILogger log, TimeProvider time)
    {
        _path = path;
        _listening = listening;
        _terms = terms;
        _receiver = receiver;
        _log = log;
        _time = time;
        _accepting = AcceptAsync();
    }

    /// <summary>Gateways that are there.</summary>
    public IReadOnlyList<HandoverLink> Links
    {
        get
        {
            lock (_gate)
                return [.. _links.Keys.Where(l => l.IsOpen)];
        }
    }

    /// <param name="path">Its folder is made, with mode 700, when it is not there.</param>
    /// <param name="terms">What whoever connects must show.</param>
    /// <param name="receiver">Of all links.</param>
    /// <param name="log">Told of links that come, go, and are refused.</param>
    /// <param name="time">For the deadline of the greeting.</param>
    /// <exception cref="IOException">The folder is open to others, somebody listens there, or it cannot be written to.</exception>
    public static HandoverListener Open(string path, HandoverTerms terms, IHandoverReceiver receiver, ILogger log, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(terms);
        _ = HandoverGreeting.TokenBytes(terms.Token);
        SystemCalls.Require();
        var endpoint = HandoverPath.Claim(path);
        var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listening.Bind(endpoint);
            listening.Listen(MostLinks);
            return new HandoverListener(path, listening, terms, receiver, log, time);
        }
        catch (SocketException e)
        {
            listening.Dispose();
            throw new IOException($"Cannot listen on {path}: {e.Message}", e);
        }
    }

    /// <summary>Ends all links and awaits their end; removes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_stopped.IsCancellationRequested)
            await _stopped.CancelAsync();
        // Removes the file, too.
        _listening.Dispose();
        await _accepting;
        List<Task> ends;
        lock (_gate)
        {
            ends = [.. _links.Values];
            foreach (var link in _links.Keys)
                link.Close("the shard stops");
        }

        await Task.WhenAll(ends);
        _stopped.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopped.IsCancellationRequested)
        {
            try
            {
                Take(await _listening.AcceptAsync(_stopped.Token));
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException e)
            {
                // Descriptors ran out, most likely: the next one may succeed.
                _log.LinkNotTaken(_path, e.SocketErrorCode);
                await Task.Delay(TimeSpan.FromMilliseconds(100), _time, _stopped.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Take(Socket socket)
    {
        lock (_gate)
        {
            if (_links.Count >= MostLinks)
            {
                socket.Dispose();
                _log.LinkRefused(0, _path, $"there are {MostLinks} links already");
                return;
            }

            var link = new HandoverLink(socket, _terms, _receiver, _log);
            _links.Add(link, FollowAsync(link));
            link.Start(dialed: false, _terms.GreetingDeadline, _time);
        }
    }

    private async Task FollowAsync(HandoverLink link)
    {
        if (await link.Greeted is { } refusal)
        {
            if (!_stopped.IsCancellationRequested)
                _log.LinkRefused(link.PeerProcess, _path, refusal);
        }
        else
        {
            _log.LinkUp(_path, link.PeerProcess);
        }

        var reason = await link.Ended;
        lock (_gate)
            _links.Remove(link);
        if (await link.Greeted is null && !_stopped.IsCancellationRequested)
            _log.LinkDown(_path, reason);
    }
}
