namespace Bascule.Protocol;

/// <summary>How far the reading of the head of a message came.</summary>
public enum HeadRead
{
    NeedMore,
    Complete,

    /// <summary>The head is longer than allowed.</summary>
    TooLarge,

    /// <summary>These bytes are not HTTP/1.0 or 1.1 as RFC 9112 writes it; no more bytes can mend them.</summary>
    Malformed,
}
