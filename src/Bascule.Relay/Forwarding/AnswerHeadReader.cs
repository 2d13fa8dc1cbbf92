using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Relay;

/// <summary>Reads the head of an answer from a connection. What is not HTTP is refused as soon as that is certain.</summary>
internal static class AnswerHeadReader
{
    private const int EvidenceBytes = 16;

    /// <exception cref="ForwardEndedException">The back end closed the connection, or what it sent is not HTTP.</exception>
    internal static async ValueTask<AnswerHead> ReadAsync(BackendConnection connection, CancellationToken token)
    {
        while (true)
        {
            var read = ResponseHeadParser.TryParse(connection.Buffered, BackendConnection.BufferBytes, out var head, out var consumed);
            if (read == HeadRead.Complete)
            {
                connection.Consume(consumed);
                return new AnswerHead(head!);
            }

            if (read != HeadRead.NeedMore)
                throw Garbage(read, connection.Buffered);
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

    /// <summary>The first bytes tell what speaks there; later ones may be secrets.</summary>
    private static ForwardEndedException Garbage(HeadRead read, ReadOnlySpan<byte> seen) => new(EndReasons.BackendGarbage, read == HeadRead.TooLarge
        ? $"The head of the answer is longer than {BackendConnection.BufferBytes} bytes."
        : $"The head of the answer breaks RFC 9112; it begins with the bytes {Convert.ToHexString(seen[..Math.Min(seen.Length, EvidenceBytes)])}.");
}
