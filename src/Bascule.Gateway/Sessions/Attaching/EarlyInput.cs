using System.Buffers;
using Bascule.Protocol;

namespace Bascule.Gateway;

/// <summary>What a client sends while its session starts: kept for the host, and looked through for the close frame of one that does not wait any longer.</summary>
internal sealed class EarlyInput(PipeEnd end)
{
    /// <summary>A hello, and what somebody types who cannot wait. Who sends more is read again when the session runs.</summary>
    private const int MostKept = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _kept = new();
    private FrameScanner _scanner = new(expectMasked: true, allowedReserved: FrameHeader.Reserved1, wholeLimit: 0);
    private int _looked;

    /// <summary>Reads until the client closes, or has sent more than is kept.</summary>
    /// <returns>Its close frame as an answer to it; null when there is none, and what it sent is the next that is read.</returns>
    internal async Task<byte[]?> ReadAsync(CancellationToken over)
    {
        try
        {
            while (_kept.WrittenCount < MostKept)
            {
                var read = await end.ReadUntilAsync(_kept.GetMemory(), over);
                if (read == 0)
                    return null;
                _kept.Advance(read);
                if (FindClose() is { } close)
                    return close;
            }

            return null;
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The wait is over: the host gets what came meanwhile.
            return null;
        }
        finally
        {
            end.Return(_kept.WrittenMemory);
        }
    }

    private byte[]? FindClose()
    {
        while (_scanner.Next(_kept.WrittenSpan[_looked..], out var part) == FrameStep.Part)
        {
            if (part.Header.Opcode == Opcode.Close)
                return Answer(part.Header, _kept.WrittenSpan.Slice(_looked + part.Header.HeaderLength, (int)part.Header.PayloadLength));
            _looked += part.Length;
        }

        return null;
    }

    /// <summary>The same code and reason, as a server sends them (RFC 6455 §5.5.1).</summary>
    private static byte[] Answer(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        var words = payload.ToArray();
        Masking.Apply(words, header.MaskKey);
        var frame = new byte[ControlFrame.MaxLength];
        return frame[..ControlFrame.Write(frame, Opcode.Close, words, maskKey: null)];
    }
}
