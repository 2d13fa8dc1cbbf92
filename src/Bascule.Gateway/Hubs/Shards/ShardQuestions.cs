using System.Collections.Concurrent;
using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>What a shard asks its gateway, and waits to hear.</summary>
internal sealed class ShardQuestions(HandoverLink link)
{
    private readonly ConcurrentDictionary<long, TaskCompletionSource<ShardAnswer>> _waiting = new();
    /// <summary>As JSON it still fits into a frame.</summary>
    internal const int MostPayloadBytes = 8 * 1024 * 1024;

    private long _last;
    private volatile string? _closed;

    internal async Task<ShardAnswer> AskAsync(ShardQuestion question, CancellationToken cancellation)
    {
        if (question.Payload?.Length > MostPayloadBytes)
            return new ShardAnswer(0, EndReasons.MessageTooBig.Label, $"{question.Payload.Length} bytes; {MostPayloadBytes} may be published at most", null, null, null, null);
        var numbered = question with { Number = Interlocked.Increment(ref _last) };
        var waiting = new TaskCompletionSource<ShardAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[numbered.Number] = waiting;
        try
        {
            if (_closed is not null || !link.Say(ShardFrame.Ask, numbered, ShardJson.Default.ShardQuestion))
                return Unanswered(numbered.Number, _closed ?? "its line is down");
            return await waiting.Task.WaitAsync(cancellation);
        }
        finally
        {
            _waiting.TryRemove(numbered.Number, out _);
        }
    }

    internal void Answered(ShardAnswer answer)
    {
        if (_waiting.TryRemove(answer.Number, out var waiting))
            waiting.TrySetResult(answer);
    }

    internal void Close(string reason)
    {
        _closed = reason;
        foreach (var (number, waiting) in _waiting)
            waiting.TrySetResult(Unanswered(number, reason));
    }

    private static ShardAnswer Unanswered(long number, string reason) =>
        new(number, EndReasons.SourceUnavailable.Label, $"the gateway cannot be asked: {reason}", null, null, null, null);
}
