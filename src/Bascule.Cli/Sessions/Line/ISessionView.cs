using Bascule.Terminal;

namespace Bascule.Cli;

/// <summary>Where what a session writes goes: the terminal of <c>attach</c>, or the two streams of <c>run</c>.</summary>
internal interface ISessionView
{
    /// <param name="channel"><see cref="TermChannel.Output"/> or <see cref="TermChannel.Errors"/>.</param>
    ValueTask WriteAsync(byte channel, ReadOnlyMemory<byte> bytes);

    /// <summary>What comes next repeats the screen.</summary>
    /// <param name="missing">Bytes that are lost.</param>
    ValueTask SnapshotAsync(byte channel, long missing);

    /// <summary>What comes next is new again.</summary>
    void SnapshotOver();

    /// <param name="isAgain">It was attached before, and lost its connection.</param>
    ValueTask AttachedAsync(AttachedFrame attached, bool isAgain);

    void Tell(NoticeFrame notice);

    /// <summary>The connection is gone, and will be made again after the pause.</summary>
    void Lost(string words, TimeSpan pause);
}
