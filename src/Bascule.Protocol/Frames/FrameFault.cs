namespace Bascule.Protocol;

/// <summary>A rule of RFC 6455 that a frame broke. Any of them ends the connection (§7.1.7).</summary>
public enum FrameFault
{
    None,
    UnknownOpcode,
    ReservedBits,
    MaskMissing,
    MaskUnexpected,
    LengthNotShortest,
    LengthTooLarge,
    ControlFragmented,
    ControlTooLong,
    ContinuationWithoutStart,
    MessageInsideMessage,
    ClosePayloadOneByte,
    CloseCodeForbidden,
    CloseReasonNotUtf8,
}

/// <summary>The fault in words.</summary>
public static class FrameFaults
{
    /// <summary>What was seen and what RFC 6455 demands, one sentence. Empty for <see cref="FrameFault.None"/>.</summary>
    public static string Text(FrameFault fault) => fault switch
    {
        FrameFault.None => "",
        FrameFault.UnknownOpcode => "A frame had a reserved opcode (3 to 7 or 11 to 15); RFC 6455 §5.2 knows only 0, 1, 2, 8, 9 and 10.",
        FrameFault.ReservedBits => "A frame had a reserved bit that no agreed extension uses there; RFC 6455 §5.2 demands 0, "
            + "and RFC 7692 §6 allows RSV1 only on the first frame of a message.",
        FrameFault.MaskMissing => "A frame from a client was not masked; RFC 6455 §5.1 demands a mask on every frame from a client.",
        FrameFault.MaskUnexpected => "A frame from a server was masked; RFC 6455 §5.1 forbids that.",
        FrameFault.LengthNotShortest => "A payload length was written longer than needed; RFC 6455 §5.2 demands the shortest form.",
        FrameFault.LengthTooLarge => "A 64-bit payload length had its highest bit set; RFC 6455 §5.2 demands 0 there.",
        FrameFault.ControlFragmented => "A close, ping or pong came without FIN; RFC 6455 §5.5 forbids fragmented control frames.",
        FrameFault.ControlTooLong => "A close, ping or pong was longer than 125 bytes; RFC 6455 §5.5 allows 125 at most.",
        FrameFault.ContinuationWithoutStart => "A continuation frame came while no message was open; RFC 6455 §5.4 demands text or binary first.",
        FrameFault.MessageInsideMessage => "A text or binary frame came before the message under way had ended; RFC 6455 §5.4 demands a continuation.",
        FrameFault.ClosePayloadOneByte => "A close frame had a payload of one byte; RFC 6455 §5.5.1 demands none, or a code of two bytes.",
        FrameFault.CloseCodeForbidden => "A close frame had a code that may not be sent; RFC 6455 §7.4 allows 1000 to 1003, 1007 to 1014 and 3000 to 4999.",
        FrameFault.CloseReasonNotUtf8 => "The reason in a close frame was not UTF-8; RFC 6455 §5.5.1 demands UTF-8.",
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "Not a frame fault."),
    };
}
