using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Bascule.Protocol;

/// <summary>What a close frame says (RFC 6455 §5.5.1).</summary>
/// <param name="Code">0 when the frame had no code.</param>
public readonly record struct ClosePayload(int Code, string Reason)
{
    /// <summary>Reads without allocating; the reason is a slice of the payload.</summary>
    /// <returns><see cref="FrameFault.None"/>, or the rule that the payload breaks.</returns>
    public static FrameFault TryRead(ReadOnlySpan<byte> unmaskedPayload, out int code, out ReadOnlySpan<byte> reasonUtf8)
    {
        code = 0;
        reasonUtf8 = default;
        if (unmaskedPayload.IsEmpty)
            return FrameFault.None;
        if (unmaskedPayload.Length == 1)
            return FrameFault.ClosePayloadOneByte;

        code = BinaryPrimitives.ReadUInt16BigEndian(unmaskedPayload);
        if (!CloseCodes.MayBeSent(code))
            return FrameFault.CloseCodeForbidden;
        reasonUtf8 = unmaskedPayload[2..];
        return Utf8.IsValid(reasonUtf8) ? FrameFault.None : FrameFault.CloseReasonNotUtf8;
    }

    /// <summary>Reads code and reason as text. After a fault the code is what was seen, and the reason empty.</summary>
    public static FrameFault TryRead(ReadOnlySpan<byte> unmaskedPayload, out ClosePayload payload)
    {
        var fault = TryRead(unmaskedPayload, out var code, out var reason);
        payload = new ClosePayload(code, fault == FrameFault.None ? Encoding.UTF8.GetString(reason) : "");
        return fault;
    }
}
