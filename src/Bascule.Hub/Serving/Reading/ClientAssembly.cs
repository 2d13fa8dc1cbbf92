using System.Buffers;
using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Hub;

/// <summary>Puts the frames of a message together, never beyond what one may have. A message in one small frame is not copied.</summary>
/// <remarks>A mutable struct: keep it in a field, never copy it.</remarks>
internal struct ClientAssembly(long maxBytes)
{
    /// <summary>For what decompression puts behind the end.</summary>
    private const int Spare = 4;

    private byte[]? _message;
    private int _length;
    private long _frameOffset;
    private long _announced;
    private bool _compressed;

    internal bool IsText { get; private set; }

    /// <summary>Takes a part of a frame, and unmasks it where it lies.</summary>
    internal HubFarewell? Add(Span<byte> payload, in FramePart part)
    {
        if (part.Starts)
        {
            if (part.Header.Opcode != Opcode.Continuation)
            {
                Clear();
                IsText = part.Header.Opcode == Opcode.Text;
                _compressed = (part.Header.Reserved & FrameHeader.Reserved1) != 0;
            }

            _frameOffset = 0;
            _announced = part.Header.PayloadLength > long.MaxValue - _announced ? long.MaxValue : _announced + part.Header.PayloadLength;
            if (_announced > maxBytes)
                return TooBig(_announced);
        }

        Masking.Apply(payload, part.Header.MaskKey, _frameOffset);
        _frameOffset += payload.Length;
        if (IsWhole(part) && !_compressed)
            return null;
        Append(payload);
        return null;
    }

    /// <summary>The message, when its last part was added.</summary>
    /// <param name="last">The payload of that part.</param>
    internal HubFarewell? Finish(Memory<byte> last, out ReadOnlyMemory<byte> message)
    {
        message = _message is null ? last : _message.AsMemory(0, _length);
        if (!_compressed)
            return null;
        var result = ClientInflater.Inflate(_message ?? new byte[Spare], _length, maxBytes, out var inflated, out var length);
        if (result == InflateResult.TooBig)
            return TooBig(maxBytes + 1);
        if (result == InflateResult.Corrupt)
            return ClientReader.Faulty("a compressed message cannot be decompressed", CloseCodes.InvalidPayload);
        Clear();
        _message = inflated;
        message = inflated.AsMemory(0, length);
        return null;
    }

    internal void Clear()
    {
        if (_message is { } message)
            ArrayPool<byte>.Shared.Return(message);
        _message = null;
        _length = 0;
        _announced = 0;
    }

    private readonly bool IsWhole(in FramePart part) => _length == 0 && part is { Starts: true, Ends: true, Header: { Final: true, Opcode: not Opcode.Continuation } };

    private void Append(ReadOnlySpan<byte> payload)
    {
        var needed = _length + payload.Length + Spare;
        if (_message is null || _message.Length < needed)
        {
            var larger = ArrayPool<byte>.Shared.Rent((int)Math.Max(needed, Math.Min(_announced + Spare, 2L * needed)));
            _message.AsSpan(0, _length).CopyTo(larger);
            if (_message is not null)
                ArrayPool<byte>.Shared.Return(_message);
            _message = larger;
        }

        payload.CopyTo(_message.AsSpan(_length));
        _length += payload.Length;
    }

    private readonly HubFarewell TooBig(long seen) => new(new Ending(
        EndReasons.MessageTooBig, $"a message of {seen} bytes or more; the limit is {maxBytes}", $"limit={maxBytes}B; seen={seen}B"));
}
