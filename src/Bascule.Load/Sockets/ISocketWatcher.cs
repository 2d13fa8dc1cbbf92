namespace Bascule.Load;

/// <summary>Takes what a server sends.</summary>
public interface ISocketWatcher
{
    /// <summary>One whole message, on the thread that waits for sockets: it may not block, and the payload is gone when it returns.</summary>
    void Message(ReadOnlySpan<byte> payload, bool isText);
}

/// <summary>How slowly a slow reader reads.</summary>
/// <param name="Bytes">At most so many each time.</param>
/// <param name="Every">The pause before each time.</param>
public sealed record ReadPace(int Bytes, TimeSpan Every);

/// <summary>How an open connection ended.</summary>
/// <param name="Code">Of the server's close frame, 1005 when that had none; null without a close frame.</param>
/// <param name="Reason">Of the server's close frame, or what ended the connection instead.</param>
/// <param name="ByPeer">The server began.</param>
/// <param name="Failure">Null when we ended it: our close frame was answered, or we reset it.</param>
public sealed record SocketEnd(int? Code, string Reason, bool ByPeer, LoadFailure? Failure);
