using System.Buffers;
using System.Text;
using Bascule.Model;

namespace Bascule.Hub;

/// <summary>One topic or pattern as server-sent events, written to an answer of HTTP until the client leaves or it is ended.</summary>
public sealed class SseConnection : IDisposable
{
    private const int MaxBytes = 64 * 1024;

    private readonly SseTerms _terms;
    private readonly TimeProvider _time;
    private readonly Bell _bell = new();
    private readonly TaskCompletionSource<HubFarewell> _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Subscription _subscription;
    private long _writingSince;
    private long _wroteAt;

    private SseConnection(TopicHub hub, SseTerms terms, TimeProvider time, out bool isFull)
    {
        _terms = terms;
        _time = time;
        var subscription = hub.Subscribe(terms.Topic.Name, MessageFormat.Sse, terms.Topic.From, _bell);
        isFull = subscription is null;
        _subscription = subscription!;
    }

    public long Bytes { get; private set; }

    /// <summary>Null when the hub holds as many topics as it can.</summary>
    public static SseConnection? Open(TopicHub hub, SseTerms terms, TimeProvider time)
    {
        var connection = new SseConnection(hub, terms, time, out var isFull);
        return isFull ? null : connection;
    }

    /// <summary>Ends it with an event <c>goodbye</c>. The first ending counts.</summary>
    public void End(Ending ending, TimeSpan? comeBackIn = null)
    {
        _over.TrySetResult(new HubFarewell(ending, comeBackIn));
        _bell.Ring();
    }

    /// <summary>Writes events until it ends. Every write is flushed.</summary>
    /// <param name="gone">The client left.</param>
    public async Task<Ending> RunAsync(Stream to, CancellationToken gone)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(gone);
        await using var leaving = stop.Token.UnsafeRegister(static bell => ((Bell)bell!).Ring(), _bell);
        await using var timer = _time.CreateTimer(_ => Look(stop), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        try
        {
            await WriteAsync(to, Opening(), stop.Token);
            while (!stop.IsCancellationRequested && !_over.Task.IsCompleted)
            {
                if (_time.GetElapsedTime(_wroteAt) >= _terms.CommentEvery)
                    await WriteAsync(to, ":\n\n"u8.ToArray(), stop.Token);
                await SendAsync(to, stop.Token);
                await _bell.WaitAsync();
            }

            if (_over.Task.IsCompleted)
                await WriteAsync(to, Closing(await _over.Task), stop.Token);
        }
        catch (Exception e) when (HubConnection.IsConnectionFailure(e))
        {
            _over.TrySetResult(new HubFarewell(new Ending(EndReasons.ClientLost, $"writing failed: {HubConnection.WordsOf(e)}")));
        }

        _over.TrySetResult(new HubFarewell(new Ending(EndReasons.ClientClosed)));
        return (await _over.Task).Ending;
    }

    public void Dispose() => _subscription.Dispose();

    private async ValueTask SendAsync(Stream to, CancellationToken stop)
    {
        while (!_over.Task.IsCompleted && _subscription.TryRead(MaxBytes, out var bytes))
        {
            await WriteAsync(to, bytes, stop);
            _subscription.Advance(bytes.Length);
        }

        if (_subscription.TakeOverrun() is { MustClose: true })
            End(new Ending(EndReasons.ReaderTooSlow, $"{_subscription.LagBytes} bytes behind on {_subscription.Name}"));
    }

    private async ValueTask WriteAsync(Stream to, ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        Volatile.Write(ref _writingSince, _time.GetTimestamp());
        await to.WriteAsync(bytes, stop);
        await to.FlushAsync(stop);
        _wroteAt = _time.GetTimestamp();
        Volatile.Write(ref _writingSince, 0);
        Bytes += bytes.Length;
    }

    /// <summary>Looked at by the clock.</summary>
    private void Look(CancellationTokenSource stop)
    {
        if (_terms.ExpiresAt <= _time.GetUtcNow())
            End(new Ending(EndReasons.TokenLapsed, $"expired at {_terms.ExpiresAt:yyyy-MM-ddTHH:mm:ssZ}"));
        if (Volatile.Read(ref _writingSince) is not 0 and var since && _time.GetElapsedTime(since) >= _terms.WriteDeadline)
        {
            _over.TrySetResult(new HubFarewell(new Ending(EndReasons.ReaderTooSlow, $"took nothing for {_terms.WriteDeadline.TotalSeconds:0} s")));
            stop.Cancel();
        }

        _bell.Ring();
    }

    /// <summary>An event without data gives the browser its first id, and calls nobody.</summary>
    private byte[] Opening() => Encoding.ASCII.GetBytes($"retry: 1000\nid: {_subscription.At}\n\n");

    private byte[] Closing(HubFarewell farewell)
    {
        var goodbye = farewell.GoodbyeFor(new HubTerms(_terms.Attempt, "", SpeaksBascule: true), resumeToken: "");
        var last = new ArrayBufferWriter<byte>();
        // The browser waits so long before it comes back by itself.
        last.Write(Encoding.ASCII.GetBytes($"retry: {(long)Math.Max(1000, goodbye.After.TotalMilliseconds)}\n"));
        EventEncoder.Write(last, "goodbye"u8, null, ServerMessages.Goodbye(goodbye));
        return last.WrittenSpan.ToArray();
    }
}
