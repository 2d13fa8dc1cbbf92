using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>The gateway's side: keeps one link to one shard, and makes it again when it was lost. Its receiver is told when it is there and when it is gone.</summary>
public sealed class HandoverDialer : IAsyncDisposable
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>What a shard has to start, and to start again, before it is missed: ten times what it takes on a quiet machine.</summary>
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(5);

    private readonly string _path;
    private readonly UnixDomainSocketEndPoint _endpoint;
    private readonly HandoverTerms _terms;
    private readonly IHandoverReceiver _receiver;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopped = new();
    private readonly Task _running;
    private volatile HandoverLink? _link;
    private volatile string? _fault;
    private string? _warnedOf;
    private long _silentSince;

    /// <summary>Begins to dial at once, until it is disposed.</summary>
    /// <exception cref="ArgumentException">The path or the token cannot be used.</exception>
    public HandoverDialer(string path, HandoverTerms terms, IHandoverReceiver receiver, ILogger log, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(terms);
        _ = HandoverGreeting.TokenBytes(terms.Token);
        SystemCalls.Require();
        _path = path;
        _endpoint = HandoverPath.EndPoint(path);
        _terms = terms;
        _receiver = receiver;
        _log = log;
        _time = time;
        _silentSince = time.GetTimestamp();
        _running = RunAsync();
    }

    /// <summary>The link while it is there.</summary>
    public HandoverLink? Link => _link is { IsOpen: true } link ? link : null;

    /// <summary>Why there is no link; null while there is one, or before the first try.</summary>
    public string? Fault => Link is null ? _fault : null;

    /// <summary>The shard is about to be stopped: its link is not made again, and its end is no news. What the shard still says is heard.</summary>
    public void Leave() => _stopped.Cancel();

    /// <summary>Must not be awaited by the receiver, whose last call it awaits.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_stopped.IsCancellationRequested)
            await _stopped.CancelAsync();
        _link?.Close("the gateway stops");
        await _running;
        _stopped.Dispose();
    }

    private async Task RunAsync()
    {
        // The caller's constructor does not wait for a connect.
        await Task.Yield();
        var wait = FirstWait;
        while (!_stopped.IsCancellationRequested)
        {
            if (await LinkOnceAsync())
                wait = FirstWait;
            await Task.Delay(wait, _time, _stopped.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
        }
    }

    /// <returns>True when there was a link, which is over.</returns>
    private async Task<bool> LinkOnceAsync()
    {
        var socket = Connect(out var fault);
        if (socket is null)
        {
            Miss(fault!);
            return false;
        }

        var link = new HandoverLink(socket, _terms, _receiver, _log);
        _link = link;
        if (_stopped.IsCancellationRequested)
            link.Close("the gateway stops");
        link.Start(dialed: true, _terms.GreetingDeadline, _time);
        if (await link.Greeted is { } refusal)
        {
            await link.Ended;
            Tell(refusal);
            return false;
        }

        (_fault, _warnedOf) = (null, null);
        _log.LinkUp(_path, link.PeerProcess);
        Tell(await link.Ended);
        _silentSince = _time.GetTimestamp();
        return true;
    }

    /// <summary>A shard that starts does not listen at once: that is told when it stays so.</summary>
    private void Miss(string fault)
    {
        if (_time.GetElapsedTime(_silentSince) >= StartTime)
            Tell(fault);
        else if (_fault != fault)
            _log.LinkAwaited(_path, fault);
        _fault = fault;
    }

    /// <summary>Logged once, not with every try.</summary>
    private void Tell(string fault)
    {
        if (_warnedOf != fault && !_stopped.IsCancellationRequested)
            _log.LinkDown(_path, fault);
        (_fault, _warnedOf) = (fault, fault);
    }

    /// <summary>Never waits: a Unix socket connects at once or not at all.</summary>
    private Socket? Connect(out string? fault)
    {
        fault = null;
        Socket? socket = null;
        try
        {
            socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
            socket.Connect(_endpoint);
            return socket;
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            fault = $"nobody takes a link: {e.SocketErrorCode}";
            return null;
        }
    }
}
