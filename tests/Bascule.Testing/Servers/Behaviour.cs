namespace Bascule.Testing;

/// <summary>What a <see cref="BrokenServer"/> does; all but the first few are wrong.</summary>
public enum Behaviour
{
    /// <summary>Returns every message as it came, text as text.</summary>
    Echo,

    /// <summary>Opens and says nothing, but answers pings and close frames.</summary>
    Mute,

    /// <summary>An echo in two fragments with a ping between them.</summary>
    FragmentedEcho,

    /// <summary>An echo, one byte to a packet, the answer to the upgrade too.</summary>
    ByteByByte,

    /// <summary>Sends messages of 1,000 bytes for ever and reads nothing.</summary>
    Flood,

    /// <summary>Reads nothing; says a ping and a message.</summary>
    Deaf,

    // Instead of an open WebSocket:

    /// <summary>Takes the connection and never says a word.</summary>
    Silent,
    Page200,
    Denied401,
    Problem403,
    Missing404,
    Limited429,
    Busy503,

    /// <summary>Once it has read the request.</summary>
    ResetUnanswered,

    /// <summary>Once it has read the request.</summary>
    EndUnanswered,
    Garbage,
    BadAcceptKey,
    UnofferedSubprotocol,
    UnofferedExtension,

    // On an open one, at once:

    ResetWhenOpen,
    EndWhenOpen,
    EndInsideFrame,
    MaskedFrame,
    ReservedBits,
    TooLargeMessage,
    BadCloseCode,
    CloseInternalError,

    /// <summary>4503 as a Bascule gateway says it.</summary>
    CloseBusy,
    CloseWithoutCode,

    // An echo with one fault:

    /// <summary>One bit in the middle of every message is turned.</summary>
    CorruptedEcho,
    DoubledEcho,

    /// <summary>Every third message is not returned.</summary>
    DroppedEcho,

    /// <summary>Two messages at a time, the second first.</summary>
    ReorderedEcho,

    /// <summary>Close frames get no answer.</summary>
    IgnoredClose,

    /// <summary>Close frames are answered with the end of the stream.</summary>
    EndForClose,
}

/// <summary>A behaviour, and what some of them need.</summary>
/// <param name="Answer">In place of the answer to the upgrade; the connection stays open behind it.</param>
/// <param name="Opening">Goes in the same packet as the 101.</param>
/// <param name="Pause">Before each echo.</param>
public sealed record ServerScript(Behaviour Behaviour, string? Answer = null, byte[]? Opening = null, TimeSpan Pause = default);
