using System.Text;
using Bascule.Protocol;

namespace Bascule.Testing;

/// <summary>One frame of a client, unmasked.</summary>
internal sealed record ServedFrame(Opcode Opcode, byte[] Payload);

/// <summary>The bytes of one connection as a server sees them.</summary>
internal sealed class FrameStream(Stream stream, bool byteByByte)
{
    private byte[] _input = new byte[16 << 10];
    private int _end;

    internal async Task<string> FirstBytesAsync(CancellationToken cancellation)
    {
        await FillAsync(cancellation);
        return Encoding.Latin1.GetString(_input, 0, _end);
    }

    /// <exception cref="EndOfStreamException">The client ended it before.</exception>
    internal async Task<string> ReadHeadAsync(CancellationToken cancellation)
    {
        int end;
        while ((end = _input.AsSpan(0, _end).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (!await FillAsync(cancellation))
                throw new EndOfStreamException("end of stream before the end of the request");
        }

        var head = Encoding.Latin1.GetString(_input, 0, end + 4);
        Take(end + 4);
        return head;
    }

    /// <summary>Null at the end of the stream.</summary>
    internal async Task<ServedFrame?> ReadAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var read = FrameHeader.TryRead(_input.AsSpan(0, _end), out var header);
            if (read.Fault != FrameFault.None || (read.IsComplete && !header.Masked))
                throw new InvalidDataException($"The client sent a bad frame. {FrameFaults.Text(read.Fault)}");
            if (read.IsComplete && header.FrameLength <= _end)
            {
                var payload = _input.AsSpan(header.HeaderLength, (int)header.PayloadLength).ToArray();
                Masking.Apply(payload, header.MaskKey);
                Take((int)header.FrameLength);
                return new ServedFrame(header.Opcode, payload);
            }

            if (!await FillAsync(cancellation))
                return null;
        }
    }

    internal async Task SendAsync(
        Opcode opcode, byte[] payload, CancellationToken cancellation, bool final = true, byte reserved = 0, uint? maskKey = null)
    {
        var header = FrameHeader.For(opcode, payload.Length, maskKey, final, reserved);
        var frame = new byte[header.FrameLength];
        header.Write(frame);
        payload.CopyTo(frame, header.HeaderLength);
        Masking.Apply(frame.AsSpan(header.HeaderLength), header.MaskKey);
        await SendRawAsync(frame, cancellation);
    }

    internal async Task SendRawAsync(byte[] bytes, CancellationToken cancellation)
    {
        if (!byteByByte)
        {
            await stream.WriteAsync(bytes, cancellation);
            return;
        }

        for (var i = 0; i < bytes.Length; i++)
            await stream.WriteAsync(bytes.AsMemory(i, 1), cancellation);
    }

    private async Task<bool> FillAsync(CancellationToken cancellation)
    {
        if (_end == _input.Length)
            Array.Resize(ref _input, _input.Length * 2);
        var count = await stream.ReadAsync(_input.AsMemory(_end), cancellation);
        _end += count;
        return count > 0;
    }

    private void Take(int count)
    {
        _input.AsSpan(count, _end - count).CopyTo(_input);
        _end -= count;
    }
}
