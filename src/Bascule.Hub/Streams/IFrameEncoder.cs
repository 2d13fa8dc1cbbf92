using System.Buffers;

namespace Bascule.Hub;

/// <summary>How messages are written for a subscription.</summary>
public enum MessageFormat
{
    /// <summary><c>bascule.v1</c>: JSON in text frames.</summary>
    Json,

    /// <summary>The same, compressed.</summary>
    JsonDeflate,

    /// <summary>The payload alone: a text frame, or a binary one when it is not UTF-8.</summary>
    Raw,

    /// <summary>The same, compressed.</summary>
    RawDeflate,

    /// <summary>An event stream.</summary>
    Sse,
}

/// <summary>Writes what a stream has to say as it goes over the wire: whole frames of a server, or events. Without state of its own between calls, so that all subscribers share the bytes;
/// several threads call it at once.</summary>
public interface IFrameEncoder
{
    /// <param name="subscription">The topic or pattern that was subscribed.</param>
    void Message(IBufferWriter<byte> to, SourceMessage message, string subscription, string cursor);

    /// <summary>Nothing is written where the format has no word for it; so for the next two.</summary>
    void Checkpoint(IBufferWriter<byte> to, string subscription, string cursor);

    void Resumed(IBufferWriter<byte> to, string subscription, string cursor, long replayed, ReplaySource source);

    /// <param name="from">The cursor of the client; null when it had none.</param>
    void Gap(IBufferWriter<byte> to, string subscription, GapReason reason, string? from, string cursor);
}
