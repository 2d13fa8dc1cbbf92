using System.Buffers;
using System.Net.Sockets;
using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Relay;

/// <summary>One upgrade on a connection to a node: the request is written, the answer read and judged. Waits without limit: who calls it cuts the connection.</summary>
internal sealed class UpgradeExchange(DialTarget target, NodeConnection connection)
{
    /// <summary>Largest answer head that is read: 16 KiB, the limit that nginx and Node have, doubled or more.</summary>
    internal const int MaxAnswerBytes = 16 * 1024;

    private readonly string _key = AcceptKey.NewKey();
    private Exception? _broken;

    /// <summary>Bytes of an answer that came.</summary>
    internal int Received { get; private set; }

    internal async Task<DialResult> RunAsync()
    {
        var request = new ArrayBufferWriter<byte>(1024);
        if (!HeadWriter.TryWriteRequest(request, "GET", target.PathAndQuery, UpgradeFields.ForUpgrade(target, _key)))
            return DialResult.Failed(EndReasons.GatewayFault, "the request to the back end would contain a line break");
        byte[]? buffer = null;
        try
        {
            await WriteAsync(request.WrittenMemory);
            // Thousands may wait here at once: the buffer is rented when there is something to read.
            await connection.AwaitBytesAsync();
            buffer = ArrayPool<byte>.Shared.Rent(MaxAnswerBytes);
            return await ReadAsync(buffer);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            return ClosedEarly(NodeConnector.Words(e));
        }
        finally
        {
            if (buffer is not null)
                ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A node that answers before it is asked, and closes, breaks the request; its answer is there all the same.</summary>
    private async ValueTask WriteAsync(ReadOnlyMemory<byte> request)
    {
        try
        {
            await connection.Stream.WriteAsync(request);
        }
        catch (IOException e)
        {
            _broken = e;
        }
    }

    private async ValueTask<DialResult> ReadAsync(byte[] buffer)
    {
        var filled = 0;
        while (true)
        {
            var read = await connection.Stream.ReadAsync(buffer.AsMemory(filled, MaxAnswerBytes - filled));
            if (read == 0)
                return ClosedEarly((connection.Failure ?? _broken) is { } failure ? NodeConnector.Words(failure) : "closed");
            Received += read;
            filled += read;
            var status = TakeAnswer(buffer, ref filled, out var answer, out var consumed);
            if (status == HeadRead.Complete)
                return Judge(answer!, buffer.AsSpan(consumed, filled - consumed));
            if (status != HeadRead.NeedMore)
                return Garbage(status, buffer.AsSpan(0, Math.Min(filled, 40)));
        }
    }

    /// <summary>Reads the final answer; interim ones (1xx but 101) are taken out of the buffer.</summary>
    private static HeadRead TakeAnswer(byte[] buffer, ref int filled, out ResponseHead? answer, out int consumed)
    {
        while (true)
        {
            var read = ResponseHeadParser.TryParse(buffer.AsSpan(0, filled), MaxAnswerBytes, out answer, out consumed);
            if (read != HeadRead.Complete || answer!.Status is 101 or >= 200)
                return read;
            buffer.AsSpan(consumed, filled - consumed).CopyTo(buffer);
            filled -= consumed;
        }
    }

    private DialResult Judge(ResponseHead answer, ReadOnlySpan<byte> early)
    {
        if (UpgradeAnswer.Check(answer, target.Offer, _key, out var agreed) is { } ending)
            return DialResult.Refused(ending with { Detail = $"{target.At} {ending.Detail}" }, answer);
        var endpoint = new RelayEndpoint(connection.Stream, connection.Cut, connection.Socket, early.IsEmpty ? default : early.ToArray());
        return new DialResult(new BackendLink(endpoint, agreed), null, MayTryAnother: false, answer);
    }

    private DialResult ClosedEarly(string how) =>
        DialResult.Failed(EndReasons.BackendClosedEarly, $"{target.At}: {how} after {Received} bytes of an answer", mayTryAnother: Received == 0);

    private DialResult Garbage(HeadRead status, ReadOnlySpan<byte> start) => DialResult.Failed(
        EndReasons.BackendGarbage,
        status == HeadRead.TooLarge ? $"{target.At} answered with a head of more than {MaxAnswerBytes} bytes" : $"{target.At} answered {Printable(start)}");

    private static string Printable(ReadOnlySpan<byte> bytes)
    {
        var text = new System.Text.StringBuilder("\"");
        foreach (var value in bytes)
            text.Append(value is >= 0x20 and < 0x7f ? (char)value : '.');
        return text.Append('"').ToString();
    }
}
