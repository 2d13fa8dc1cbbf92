using Bascule.Model;

namespace Bascule.Relay;

/// <summary>Reads the head of an answer, strictly: what is not HTTP/1.1 or 1.0 is refused as soon as that is certain.</summary>
internal static class AnswerHeadReader
{
    /// <exception cref="ForwardEndedException">The back end closed the connection, or what it sent is not HTTP.</exception>
    internal static async ValueTask<AnswerHead> ReadAsync(BackendConnection connection, CancellationToken token)
    {
        while (true)
        {
            if (TryRead(connection.Buffered, out var head, out var consumed))
            {
                connection.Consume(consumed);
                return head;
            }

            if (connection.IsFull)
                throw Garbage($"The head of the answer is longer than {BackendConnection.BufferBytes} bytes.");
            try
            {
                if (!await connection.FillAsync(token))
                    throw new ForwardEndedException(EndReasons.BackendClosedEarly, $"It closed the connection after {connection.Buffered.Length} bytes of the answer's head.");
            }
            catch (IOException broken)
            {
                throw new ForwardEndedException(EndReasons.BackendClosedEarly, broken.Message, broken);
            }
        }
    }

    /// <returns>False while more bytes are needed; nothing is consumed then.</returns>
    private static bool TryRead(ReadOnlySpan<byte> input, out AnswerHead head, out int consumed)
    {
        head = null!;
        var start = "HTTP/1."u8;
        var seen = Math.Min(input.Length, start.Length);
        if (!input[..seen].SequenceEqual(start[..seen]))
            throw Garbage($"It began with the bytes {Convert.ToHexString(input[..Math.Min(input.Length, 16)])}.");

        consumed = 0;
        var statusLine = true;
        var (isHttp11, status) = (false, 0);
        var headers = new HeaderList();
        while (FieldLine.TryTake(input[consumed..], out var line, out var taken))
        {
            consumed += taken;
            if (statusLine)
                (isHttp11, status) = StatusOf(line);
            else if (line.IsEmpty)
            {
                head = new AnswerHead(isHttp11, status, headers);
                return true;
            }
            else
                FieldLine.AddTo(headers, line);
            statusLine = false;
        }

        return false;
    }

    private static (bool IsHttp11, int Status) StatusOf(ReadOnlySpan<byte> line)
    {
        if (line.Length < 12 || line[7] is not ((byte)'0' or (byte)'1') || line[8] != ' ' || (line.Length > 12 && line[12] != ' ')
            || !int.TryParse(line[9..12], System.Globalization.NumberStyles.None, null, out var status) || status < 100)
            throw Garbage($"The status line is `{FieldLine.Printable(line)}`.");
        return (line[7] == '1', status);
    }

    private static ForwardEndedException Garbage(string detail) => new(EndReasons.BackendGarbage, detail);
}
