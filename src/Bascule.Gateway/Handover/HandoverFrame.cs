using System.Net.Sockets;

namespace Bascule.Gateway;

/// <summary>One frame as it came over a link.</summary>
/// <param name="Kind">0 to 127; the two sides agree what it means.</param>
/// <param name="Payload">Valid until the receiver returns.</param>
/// <param name="Descriptor">A socket that is the receiver's from now on: to use, or to dispose.</param>
/// <param name="DescriptorLost">A socket was sent that this process had no free descriptor for. The sender still has it, and is to be told.</param>
public readonly record struct HandoverFrame(byte Kind, ReadOnlyMemory<byte> Payload, SafeSocketHandle? Descriptor, bool DescriptorLost);

/// <summary>What became of a frame that was given to a link.</summary>
public enum HandoverSend
{
    /// <summary>It waits its turn. That it arrived only an answer can tell.</summary>
    Queued,

    /// <summary>The other side reads too slowly: as much waits as may.</summary>
    Full,

    /// <summary>The link is over, or not there yet.</summary>
    Closed,

    /// <summary>The descriptor is closed, or this process has no free one to keep it in until it is sent.</summary>
    NoDescriptor,
}

/// <summary>Who uses a link. All calls come from the link's reading thread, one after another; what they do keeps later frames waiting.</summary>
public interface IHandoverReceiver
{
    /// <summary>Both sides have shown who they are. The first call of a link.</summary>
    void Opened(HandoverLink link);

    void Received(HandoverLink link, HandoverFrame frame);

    /// <summary>The last call of a link. Of what was sent without an answer, nobody knows whether it arrived.</summary>
    void Closed(HandoverLink link, string reason);
}

/// <summary>What both sides of a link must agree on, and how much may wait.</summary>
/// <param name="Token">At least 16 characters: who does not show it cannot hand in sockets.</param>
public sealed record HandoverTerms(string Token)
{
    /// <summary>Bytes of frames that may wait to be sent. One frame may always.</summary>
    public int MostQueuedBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Descriptors that may wait to be sent. Each is a second one for its socket meanwhile.</summary>
    public int MostQueuedDescriptors { get; init; } = 2048;

    /// <summary>For both sides to show who they are.</summary>
    public TimeSpan GreetingDeadline { get; init; } = TimeSpan.FromSeconds(5);
}
