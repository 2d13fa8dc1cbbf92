using System.Buffers;
using System.IO.Pipelines;
using Bascule.Model;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Bascule.Relay;

/// <summary>Streams the answer of a back end to the client: what arrived goes out before more is awaited.</summary>
internal sealed class AnswerDelivery
{
    private readonly HttpContext _context;
    private readonly BackendConnection _connection;
    private readonly AnswerHead _head;
    private readonly AnswerBody _body;
    private readonly PipeWriter _client;
    private readonly bool _writesChunks;

    /// <exception cref="ForwardEndedException">The end of the answer cannot be told for sure.</exception>
    internal AnswerDelivery(HttpContext context, BackendConnection connection, AnswerHead head)
    {
        _context = context;
        _connection = connection;
        _head = head;
        var (framing, length) = head.FramingFor(context.Request.Method);
        _body = new AnswerBody(framing, length);
        _client = context.Response.BodyWriter;
        // Kestrel sends no trailers over HTTP/1.1. It leaves the chunks to whoever sets Transfer-Encoding, so announced trailers can go through.
        _writesChunks = framing == AnswerFraming.Chunked && context.Request.Protocol == HttpProtocol.Http11 && head.Headers.First("Trailer") is not null;
    }

    internal long Bytes { get; private set; }

    internal bool EndsAtClose => _body.EndsAtClose;

    /// <exception cref="ForwardEndedException">The back end or the client broke off.</exception>
    internal async Task RunAsync(CancellationToken token)
    {
        WriteHead();
        await _context.Response.StartAsync(token);
        while (true)
        {
            Forward();
            if (_body.IsDone)
                break;
            await FlushAsync(token);
            if (await FillAsync(token))
                continue;
            if (_body.EndsAtClose)
                break;
            throw new ForwardEndedException(EndReasons.BackendLost, $"It closed the connection in the middle of the answer, after {Bytes} bytes of its body.");
        }

        WriteTrailers();
        await FlushAsync(token);
    }

    private void WriteHead()
    {
        var response = _context.Response;
        response.StatusCode = _head.Status;
        foreach (var (name, value) in _head.Headers)
        {
            // A 204 has no length to tell (RFC 9110 §8.6), and Kestrel refuses to send one.
            if (!_head.HopByHop.Contains(name) && !(_head.Status == StatusCodes.Status204NoContent && name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)))
                response.Headers.Append(name, value);
        }

        if (_writesChunks)
            response.Headers.TransferEncoding = "chunked";
        if (IsEventStream())
            LetEventsThrough(response);
    }

    private bool IsEventStream() =>
        _head.Headers.First("Content-Type") is { } type
        && type.AsSpan()[..(type.IndexOf(';') is >= 0 and var end ? end : type.Length)].Trim().Equals("text/event-stream", StringComparison.OrdinalIgnoreCase);

    /// <summary>Asks every proxy between us and the client not to hold events back, and our own server not to cut a client that reads slowly.</summary>
    private void LetEventsThrough(HttpResponse response)
    {
        response.Headers["X-Accel-Buffering"] = "no";
        response.Headers.CacheControl = "no-cache, no-transform";
        _context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
        if (_context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
    }

    /// <summary>Moves the content that has arrived, without waiting for anything.</summary>
    private void Forward()
    {
        while (_body.TryTake(_connection.Buffered, out var consumed, out var content))
        {
            if (!content.IsEmpty)
            {
                if (_writesChunks)
                    _client.Advance(Chunk.Write(content, _client.GetSpan(content.Length + Chunk.ExtraBytes)));
                else
                    _client.Write(content);
                Bytes += content.Length;
            }

            _connection.Consume(consumed);
        }
    }

    private async ValueTask FlushAsync(CancellationToken token)
    {
        var flushed = await _client.FlushAsync(token);
        if (flushed.IsCompleted)
            throw new ForwardEndedException(EndReasons.ClientGaveUp, $"It took no more after {Bytes} bytes of the answer's body.");
    }

    private async ValueTask<bool> FillAsync(CancellationToken token)
    {
        try
        {
            return await _connection.FillAsync(token);
        }
        catch (IOException broken)
        {
            throw new ForwardEndedException(EndReasons.BackendLost, $"After {Bytes} bytes of the answer's body: {broken.Message}", broken);
        }
    }

    private void WriteTrailers()
    {
        var trailers = new HeaderList(_body.Trailers.Count);
        foreach (var (name, value) in _body.Trailers)
        {
            if (!_head.HopByHop.ContainsTrailer(name))
                trailers.Add(name, value);
        }

        if (_writesChunks)
            _client.Write(Chunk.End(trailers));
        else if (_context.Response.SupportsTrailers())
        {
            foreach (var (name, value) in trailers)
                _context.Response.AppendTrailer(name, value);
        }
    }
}
