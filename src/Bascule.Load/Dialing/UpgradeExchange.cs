using System.Net.Sockets;
using System.Text;
using Bascule.Protocol;

namespace Bascule.Load;

/// <summary>What came of a request for a WebSocket.</summary>
/// <param name="Reader">Set when it is open; it holds what came behind the 101.</param>
/// <param name="Answer">Its head; null when none came.</param>
internal sealed record UpgradeResult(MessageReader? Reader, LoadFailure? Failure, ResponseHead? Answer, TimeSpan? RetryAfter);

/// <summary>Asks for a WebSocket on a connected wire, and reads the answer.</summary>
internal sealed class UpgradeExchange(Wire wire, DialOrder order, DialWatch watch, TimeProvider time)
{
    private const int LargestHead = 32 << 10; // as Kestrel and nginx take it
    private const int LargestBody = 4 << 10; // holds what there is to tell
    private const int SwitchingProtocols = 101;
    private const int ShownOfGarbage = 40;

    // The head has told the class: for a few more words nobody waits long.
    private static readonly TimeSpan BodyLimit = TimeSpan.FromSeconds(1);

    private byte[] _buffer = GC.AllocateUninitializedArray<byte>(MessageReader.SmallBuffer);
    private int _start;
    private int _end;

    /// <summary>Bytes of an answer that came.</summary>
    internal int Received { get; private set; }

    internal async Task<UpgradeResult> RunAsync(ReadOnlyMemory<byte> request, string key)
    {
        await wire.SendAsync(request);
        while (true)
        {
            var read = ResponseHeadParser.TryParse(_buffer.AsSpan(_start, _end - _start), LargestHead, out var head, out var consumed);
            if (read == HeadRead.NeedMore)
            {
                if (await ReceiveAsync(LargestHead) > 0)
                    continue;
                return Failed(FailureClasses.TcpReset, Received == 0
                    ? "end of stream after the request, before any byte of an answer"
                    : $"end of stream after {Received} bytes, which are no whole answer");
            }

            if (read != HeadRead.Complete)
                return Failed(FailureClasses.Handshake, $"the answer is no HTTP{(read == HeadRead.TooLarge ? $" head of {LargestHead} bytes at most" : "/1.1")}: it began with {Shown()}");
            _start += consumed;
            if (head!.Status == SwitchingProtocols)
                return Judge(head, key);
            // Others below 200 only announce an answer (RFC 9110 §15.2).
            if (head.Status >= 200)
                return await RefusedAsync(head, key);
        }
    }

    private UpgradeResult Judge(ResponseHead head, string key)
    {
        var ending = UpgradeAnswer.Check(head, Offer(key), key, out _);
        return ending is { } fault
            ? new UpgradeResult(null, new LoadFailure(FailureClasses.Handshake, Redacted(fault.Detail!)), head, null)
            : new UpgradeResult(new MessageReader(_buffer, _start, _end), null, head, null);
    }

    private async Task<UpgradeResult> RefusedAsync(ResponseHead head, string key)
    {
        var refusal = new Refusal(head);
        await ReadBodyAsync(refusal);
        var seen = UpgradeAnswer.Check(head, Offer(key), key, out _)!.Value.Detail!;
        if (refusal.Words(_buffer.AsSpan(_start, _end - _start)) is { } words)
            seen += $": {words}";
        var failure = new LoadFailure($"{FailureClasses.Http}{head.Status}", Redacted(seen));
        return new UpgradeResult(null, failure, head, refusal.RetryAfter(time.GetUtcNow()));
    }

    private async Task ReadBodyAsync(Refusal refusal)
    {
        watch.Shorten(BodyLimit);
        try
        {
            while (!refusal.IsWhole(_buffer.AsSpan(_start, _end - _start)) && _end - _start < LargestBody && await ReceiveAsync(_start + LargestBody) > 0)
                continue;
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // The head is the evidence; what ended the body, or that it took too long, adds nothing to it.
            return;
        }
    }

    private async ValueTask<int> ReceiveAsync(int limit)
    {
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, Math.Max(limit, _buffer.Length + 1)));
        var count = await wire.ReceiveAsync(_buffer.AsMemory(_end));
        _end += count;
        Received += count;
        return count;
    }

    private UpgradeOffer Offer(string key) => new(key, order.Subprotocols, [], null);

    private static UpgradeResult Failed(string failureClass, string seen) => new(null, new LoadFailure(failureClass, seen), null, null);

    private string Shown()
    {
        var text = Encoding.Latin1.GetString(_buffer.AsSpan(_start, Math.Min(_end - _start, ShownOfGarbage)));
        return Redacted($"\"{string.Concat(text.Select(c => c is >= ' ' and < (char)0x7F ? c : '.'))}\"");
    }

    /// <summary>A server may repeat what it was sent; reports shall not.</summary>
    private string Redacted(string seen)
    {
        const int shortest = 4;
        if (order.Token is { Length: >= shortest } token)
            seen = seen.Replace(token, "…", StringComparison.Ordinal);
        foreach (var (_, value) in order.Headers)
        {
            if (value.Length >= shortest)
                seen = seen.Replace(value, "…", StringComparison.Ordinal);
        }

        return seen;
    }
}
