using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>Why nothing more came.</summary>
public enum PeerEnd
{
    /// <summary>Something came.</summary>
    None,

    /// <summary>The other end sent all it had and said so.</summary>
    Fin,

    /// <summary>The other end, or what stands between, tore the connection down.</summary>
    Reset,

    /// <summary>The connection stands, but nothing came within the limit of a step.</summary>
    Silent,

    /// <summary>What came was neither a frame nor a head that could be read.</summary>
    Unreadable,
}

/// <summary>What became of bytes that were sent.</summary>
public enum PeerSend
{
    Sent,

    /// <summary>The connection had ended.</summary>
    Gone,

    /// <summary>The other end did not take them within the limit of a step; the connection is of no more use for sending.</summary>
    Stalled,
}

/// <summary>The next frame, or why there is none.</summary>
public readonly record struct PeerRead(FrameSeen? Frame, PeerEnd End)
{
    public override string ToString() => Frame?.ToString() ?? End.Words();
}

/// <summary>The head of an answer, or why there is none.</summary>
public readonly record struct AnswerRead(ResponseHead? Head, PeerEnd End)
{
    public override string ToString() => Head is null ? End.Words() : $"HTTP {Head.Status}";
}

/// <summary>The head of a request, or why there is none.</summary>
public readonly record struct RequestRead(RequestHead? Head, PeerEnd End);

/// <summary>All that came until the end.</summary>
/// <param name="Close">The close frame, the last of the frames, if one came.</param>
/// <param name="End">What came after it; <see cref="PeerEnd.None"/> when nobody listened any longer.</param>
public sealed record PeerEnding(IReadOnlyList<FrameSeen> Frames, FrameSeen? Close, PeerEnd End)
{
    /// <summary>Code 0 for a close frame without one; null without a close frame, or one that cannot be read.</summary>
    public int? Code => Close?.Close?.Code;

    public IEnumerable<FrameSeen> Data => Frames.Where(f => !f.IsControl);

    /// <summary>For a person: <c>pong of 3 bytes, close 1002, then the end of the connection</c>.</summary>
    public override string ToString()
    {
        const int shown = 4;
        var frames = Frames.Select(f => f.ToString()).ToList();
        if (frames.Count > shown)
            frames = [.. frames.Take(shown - 1), $"{frames.Count - shown} more frames", frames[^1]];
        var all = string.Join(", ", frames);
        return frames.Count == 0 ? End.Words() : End == PeerEnd.None ? all : $"{all}, then {End.Words()}";
    }
}

public static class PeerEnds
{
    public static string Words(this PeerEnd end) => end switch
    {
        PeerEnd.Fin => "the end of the connection",
        PeerEnd.Reset => "a reset of the connection",
        PeerEnd.Silent => "silence, the connection stayed open",
        PeerEnd.Unreadable => "bytes that cannot be read",
        _ => "something",
    };
}
