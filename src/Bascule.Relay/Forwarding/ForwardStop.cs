using Bascule.Model;

namespace Bascule.Relay;

/// <summary>Ends an exchange before its time: the client goes away, the caller stops it, or a side is silent while the answer is awaited.</summary>
internal sealed class ForwardStop : IDisposable
{
    private readonly Lock _gate = new();
    // Has no timer and no links of its own, so that it needs no disposal: a late timer may still cancel it.
    private readonly CancellationTokenSource _source = new();
    private readonly CancellationToken _client;
    private readonly CancellationTokenRegistration _onClient;
    private readonly CancellationTokenRegistration _onCaller;
    private readonly TimeSpan _limit;
    private readonly ITimer _timer;
    private bool _clientOwesBody;
    private bool _answered;
    private Ending? _cause;

    internal ForwardStop(TimeSpan answerLimit, TimeProvider time, CancellationToken client, CancellationToken caller)
    {
        _limit = answerLimit;
        _client = client;
        _timer = time.CreateTimer(static state => ((ForwardStop)state!).OnSilence(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _onClient = client.UnsafeRegister(static state => ((ForwardStop)state!)._source.Cancel(), this);
        _onCaller = caller.UnsafeRegister(static state => ((ForwardStop)state!)._source.Cancel(), this);
    }

    internal CancellationToken Token => _source.Token;

    /// <summary>Why the exchange was ended; null when it was not, or when the caller did it.</summary>
    internal Ending? Cause
    {
        get
        {
            lock (_gate)
                return _cause ?? (_client.IsCancellationRequested ? new Ending(EndReasons.ClientGaveUp, "The client closed its connection.") : null);
        }
    }

    /// <summary>Ends the exchange. The first cause counts.</summary>
    internal void End(Ending cause)
    {
        lock (_gate)
            _cause ??= cause;
        _source.Cancel();
    }

    /// <summary>From now on the back end's silence counts.</summary>
    internal void AwaitBackend() => Arm(clientOwesBody: false);

    /// <summary>From now on the client's silence counts: the back end rightly waits for its body.</summary>
    internal void AwaitClient() => Arm(clientOwesBody: true);

    /// <summary>The answer has begun. Both sides may be silent for as long as they like from now on.</summary>
    internal void Answered()
    {
        lock (_gate)
        {
            _answered = true;
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        _onClient.Dispose();
        _onCaller.Dispose();
        _timer.Dispose();
    }

    private void Arm(bool clientOwesBody)
    {
        lock (_gate)
        {
            if (_answered)
                return;
            _clientOwesBody = clientOwesBody;
            _timer.Change(_limit, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnSilence()
    {
        Ending cause;
        lock (_gate)
        {
            if (_answered)
                return;
            cause = _clientOwesBody
                ? new Ending(EndReasons.ClientGaveUp, $"The client sent nothing of its request body for {_limit.TotalSeconds} s.")
                : new Ending(EndReasons.BackendSilent, $"No answer began within {_limit.TotalSeconds} s.");
        }

        End(cause);
    }
}
