using System.Buffers;
using System.IO.Pipelines;
using Bascule.Model;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Bascule.Relay;

/// <summary>Streams the body of a request to the back end, while the answer may already be on its way.</summary>
internal sealed class RequestUpload(HttpRequest request, RequestFraming framing, ForwardedHead head, BackendConnection connection, ForwardStop stop)
{
    /// <summary>Copied at once; smaller than a pipe of Kestrel (64 KiB), so that reading from the client goes on meanwhile.</summary>
    private const int PieceBytes = 32 * 1024;

    private readonly TaskCompletionSource _continue = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal long Bytes { get; private set; }

    /// <summary>Whether the back end has all of the request.</summary>
    internal bool IsFinished { get; private set; }

    /// <summary>The back end asked for the body.</summary>
    internal void Continue() => _continue.TrySetResult();

    /// <summary>
    /// Ends when the body is through, when <paramref name="token"/> says so, or when the back end takes no more: then its answer, or the lack of one, says why.
    /// What is wrong with the client ends the whole exchange.
    /// </summary>
    internal async Task RunAsync(TimeSpan continueLimit, TimeProvider time, CancellationToken token)
    {
        try
        {
            if (framing.AwaitsContinue)
                await Task.WhenAny(_continue.Task, Task.Delay(continueLimit, time, token));
            token.ThrowIfCancellationRequested();
            await CopyAsync(token);
            if (framing.Length is null)
                await connection.WriteAsync(head.WriteEnd(Trailers()), token);
            IsFinished = true;
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            // The exchange is over; it knows why.
        }
        catch (ForwardEndedException ended)
        {
            stop.End(ended.Ending);
        }
        catch (IOException)
        {
            // The back end takes no more. It may have answered before: the reader of the answer finds out.
        }
        finally
        {
            stop.AwaitBackend();
        }
    }

    private async Task CopyAsync(CancellationToken token)
    {
        var isOver = false;
        while (!isOver)
        {
            stop.AwaitClient();
            var read = await ReadAsync(token);
            stop.AwaitBackend();
            try
            {
                foreach (var segment in read.Buffer)
                    await SendAsync(segment, token);
            }
            finally
            {
                // Also when the back end takes no more: the server goes on from here with the rest.
                request.BodyReader.AdvanceTo(read.Buffer.End);
            }

            isOver = read.IsCompleted;
        }
    }

    private async ValueTask<ReadResult> ReadAsync(CancellationToken token)
    {
        try
        {
            return await request.BodyReader.ReadAsync(token);
        }
        catch (BadHttpRequestException bad) when (!bad.Message.StartsWith("Unexpected end", StringComparison.Ordinal))
        {
            throw new ForwardEndedException(EndReasons.BadRequest, bad.Message, bad);
        }
        catch (IOException gone)
        {
            // Kestrel has no other mark than its text for a body that broke off; the rest are faults of form, above.
            throw new ForwardEndedException(EndReasons.ClientGaveUp, $"Its request body broke off: {gone.Message}", gone);
        }
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> segment, CancellationToken token)
    {
        if (framing.Length is not null)
        {
            await connection.WriteAsync(segment, token);
            Bytes += segment.Length;
            return;
        }

        while (!segment.IsEmpty)
        {
            var piece = segment[..Math.Min(segment.Length, PieceBytes)];
            segment = segment[piece.Length..];
            var buffer = ArrayPool<byte>.Shared.Rent(piece.Length + Chunk.ExtraBytes);
            try
            {
                await connection.WriteAsync(buffer.AsMemory(0, Chunk.Write(piece.Span, buffer)), token);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            Bytes += piece.Length;
        }
    }

    private IHeaderDictionary Trailers() =>
        request.HttpContext.Features.Get<IHttpRequestTrailersFeature>() is { Available: true } feature ? feature.Trailers : new HeaderDictionary();
}
