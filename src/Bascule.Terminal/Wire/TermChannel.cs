namespace Bascule.Terminal;

/// <summary>First byte of a frame of bascule.term.v1. 0 to 4 and 255 are those of Kubernetes.</summary>
public static class TermChannel
{
    public const byte Input = 0;
    public const byte Output = 1;
    public const byte Errors = 2;

    /// <summary>The status of Kubernetes; bascule.term.v1 has <see cref="Exit"/>.</summary>
    public const byte Status = 3;

    public const byte Resize = 4;
    public const byte Hello = 16;
    public const byte Attached = 17;
    public const byte Ack = 18;
    public const byte Snapshot = 19;
    public const byte Exit = 20;
    public const byte Notice = 21;
    public const byte Request = 22;
    public const byte Ping = 23;
    public const byte Replay = 24;
    public const byte Close = 255;
}
