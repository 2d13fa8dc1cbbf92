using System.Buffers.Text;
using System.Text;
using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Relay;

/// <summary>Finds the content of an answer in the bytes that arrive. No I/O.</summary>
internal sealed class AnswerBody(AnswerFraming framing, long length)
{
    /// <summary>A chunk's size line, or one trailer.</summary>
    private const int MaximumLineBytes = 8 * 1024;

    /// <summary>All trailers: as much as a head may have.</summary>
    private const int MaximumTrailerBytes = BackendConnection.BufferBytes;

    private enum Step
    {
        Size,
        Content,
        ContentEnd,
        Trailer,
        Done,
    }

    private Step _step = framing switch
    {
        AnswerFraming.Chunked => Step.Size,
        AnswerFraming.UntilClose => Step.Content,
        AnswerFraming.Length when length > 0 => Step.Content,
        _ => Step.Done,
    };

    private long _left = framing == AnswerFraming.UntilClose ? long.MaxValue : length;
    private int _trailerBytes;

    internal bool IsDone => _step == Step.Done;

    /// <summary>Whether the end of the stream is the end of the body.</summary>
    internal bool EndsAtClose => framing == AnswerFraming.UntilClose;

    internal HeaderList Trailers { get; } = new(0);

    /// <summary>Takes the next piece: some content, or a line that delimits it (then <paramref name="content"/> is empty).</summary>
    /// <returns>False while more bytes are needed.</returns>
    /// <exception cref="ForwardEndedException">The chunks are malformed.</exception>
    internal bool TryTake(ReadOnlySpan<byte> input, out int consumed, out ReadOnlySpan<byte> content)
    {
        content = default;
        consumed = 0;
        if (input.IsEmpty || IsDone)
            return false;
        if (_step == Step.Content)
        {
            content = input[..(int)Math.Min(input.Length, _left)];
            consumed = content.Length;
            Took(consumed);
            return true;
        }

        var end = input.IndexOf("\r\n"u8);
        if (end < 0 && input.Length <= MaximumLineBytes)
            return false;
        if (end is < 0 or > MaximumLineBytes)
            throw Garbage($"A line between chunks is longer than {MaximumLineBytes} bytes.");
        consumed = end + 2;
        TakeLine(input[..end]);
        return true;
    }

    private void Took(int bytes)
    {
        if (EndsAtClose)
            return;
        _left -= bytes;
        if (_left == 0)
            _step = framing == AnswerFraming.Chunked ? Step.ContentEnd : Step.Done;
    }

    private void TakeLine(ReadOnlySpan<byte> line)
    {
        switch (_step)
        {
            case Step.Size:
                _left = SizeOf(line);
                _step = _left == 0 ? Step.Trailer : Step.Content;
                break;
            case Step.ContentEnd when line.IsEmpty:
                _step = Step.Size;
                break;
            case Step.ContentEnd:
                throw Garbage("A chunk is longer than it said.");
            case Step.Trailer when line.IsEmpty:
                _step = Step.Done;
                break;
            default:
                _trailerBytes += line.Length;
                if (_trailerBytes > MaximumTrailerBytes)
                    throw Garbage($"The trailers are longer than {MaximumTrailerBytes} bytes.");
                AddTrailer(line);
                break;
        }
    }

    private void AddTrailer(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        var value = line[(colon + 1)..].Trim(" \t"u8);
        if (colon < 0 || !HttpSyntax.IsToken(line[..colon]) || !HttpSyntax.IsValue(value))
            throw Garbage("A trailer is no field.");
        Trailers.Add(Encoding.Latin1.GetString(line[..colon]), Encoding.Latin1.GetString(value));
    }

    private static long SizeOf(ReadOnlySpan<byte> line)
    {
        // At most 15 digits, so that it fits; then only an extension, which nobody uses and nobody may rely on (RFC 9112 §7.1.1).
        if (!Utf8Parser.TryParse(line, out long size, out var digits, 'x') || size < 0 || digits > 15
            || line[digits..].TrimStart(" \t"u8) is not ([] or [(byte)';', ..]))
            throw Garbage("The size of a chunk is not a hexadecimal number.");
        return size;
    }

    private static ForwardEndedException Garbage(string detail) => new(EndReasons.BackendGarbage, detail);
}
