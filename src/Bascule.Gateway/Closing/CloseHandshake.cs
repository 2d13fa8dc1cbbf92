using System.Buffers;
using Bascule.Protocol;

namespace Bascule.Gateway;

/// <summary>Says one close frame to a client and waits for its answer, so that the frame is not lost in a reset.</summary>
internal static class CloseHandshake
{
    /// <summary>Bytes of other frames that are read and dropped while waiting for the client's close frame.</summary>
    private const int MaxDroppedBytes = 1024 * 1024;

    /// <remarks>A client that is gone makes this throw what its stream throws.</remarks>
    internal static async Task SayAsync(Stream stream, int code, string reason, TimeSpan deadline, TimeProvider time)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            var length = ControlFrame.WriteClose(buffer, code, reason, maskKey: null);
            await stream.WriteAsync(buffer.AsMemory(0, length));
            using var limit = new CancellationTokenSource(deadline, time);
            await ReadAnswerAsync(stream, buffer, limit.Token);
        }
        catch (OperationCanceledException)
        {
            // The client did not answer in time; it was told, and nothing more is owed to it.
            return;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task ReadAnswerAsync(Stream stream, byte[] buffer, CancellationToken cancellation)
    {
        var scanner = new FrameScanner(expectMasked: true, allowedReserved: FrameHeader.Reserved1, wholeLimit: 0);
        var filled = 0;
        for (var dropped = 0; dropped < MaxDroppedBytes;)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(filled), cancellation);
            if (read == 0)
                return;
            filled += read;
            dropped += read;
            var used = 0;
            while (scanner.Next(buffer.AsSpan(used, filled - used), out var part) == FrameStep.Part)
            {
                if (part.Header.Opcode == Opcode.Close)
                    return;
                used += part.Length;
            }

            if (scanner.Fault != FrameFault.None)
                return;
            buffer.AsSpan(used, filled - used).CopyTo(buffer);
            filled -= used;
        }
    }
}
