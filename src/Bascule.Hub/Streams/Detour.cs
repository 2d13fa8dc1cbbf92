namespace Bascule.Hub;

internal enum DetourStep
{
    /// <summary>There are bytes.</summary>
    Given,

    /// <summary>Nothing now; the subscriber will be told.</summary>
    Nothing,

    /// <summary>Go on in the chain, up to <see cref="Detour.StopAt"/>.</summary>
    Chain,

    /// <summary>Go on in the chain; the detour is over.</summary>
    Over,
}

/// <summary>What one subscription gets that others of its stream do not: what it missed while it was away, and words about that. Used by its reader.</summary>
internal sealed class Detour
{
    private const int MostBytesAtOnce = 64 * 1024;
    private readonly List<SourceMessage> _kept;
    private readonly string? _keptCursor;
    private int _keptGiven;

    internal Detour(CatchUp? catchUp)
    {
        CatchUp = catchUp;
        _kept = [];
    }

    private Detour(List<SourceMessage> kept, string cursor)
    {
        _kept = kept;
        _keptCursor = cursor;
    }

    internal FrameBuffer Frames { get; } = new();

    internal bool HasFrames => Frames.Length > 0;

    /// <summary>Null when the place in the chain is found.</summary>
    internal CatchUp? CatchUp { get; private set; }

    /// <summary>Where in the chain <see cref="Resumed"/> is said.</summary>
    internal long StopAt { get; private set; } = long.MaxValue;

    /// <summary>What the client has seen when the detour is over.</summary>
    internal Cursor? After { get; set; }

    private ResumedWord Resumed { get; set; }

    /// <summary>A gap, and behind it messages of before that are worth more than nothing. They carry the cursor of the gap: what was skipped between them is skipped.</summary>
    internal static Detour AfterGap(Subscription reader, GapReason reason, Cursor from, Cursor to, List<SourceMessage> kept)
    {
        var detour = new Detour(kept, to.ToString()) { After = to };
        detour.SayGap(reader, reason, from.ToString(), to.ToString());
        return detour;
    }

    internal DetourStep Read(Subscription reader, int atMost, out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        while (true)
        {
            if (HasFrames)
            {
                bytes = Frames.Read(atMost);
                return DetourStep.Given;
            }

            if (_keptGiven < _kept.Count)
            {
                WriteKept(reader);
            }
            else if (CatchUp is { } catchUp)
            {
                if (!catchUp.IsPlaced && !catchUp.Step(this))
                    return DetourStep.Nothing;
                if (catchUp.IsPlaced && !HasFrames)
                {
                    reader.Stand(catchUp.Seen);
                    CatchUp = null;
                }
            }
            else if (reader.Position < StopAt)
            {
                if (After is not null)
                    reader.Stand(After);
                After = null;
                return StopAt == long.MaxValue ? DetourStep.Over : DetourStep.Chain;
            }
            else
            {
                SayResumed(reader, Resumed);
                StopAt = long.MaxValue;
            }
        }
    }

    /// <summary>Says it once the reader has come so far in the chain.</summary>
    internal void SayResumedAt(long position, ResumedWord resumed)
    {
        StopAt = position;
        Resumed = resumed;
    }

    internal void SayResumed(Subscription reader, ResumedWord resumed)
    {
        reader.Resume = reader.Resume with { Replayed = resumed.Replayed };
        reader.Chain.Encoder.Resumed(Frames.Writer, reader.Name, resumed.Cursor, resumed.Replayed, resumed.Source);
        Frames.EndFrame();
    }

    internal void SayGap(Subscription reader, GapReason reason, string from, string to)
    {
        reader.Chain.Encoder.Gap(Frames.Writer, reader.Name, reason, from, to);
        Frames.EndFrame();
    }

    /// <summary>Messages that are not framed yet.</summary>
    internal long Left => _kept.Count - _keptGiven + (CatchUp?.Left ?? 0);

    private void WriteKept(Subscription reader)
    {
        while (_keptGiven < _kept.Count && Frames.Length < MostBytesAtOnce)
        {
            reader.Chain.Encoder.Message(Frames.Writer, _kept[_keptGiven++], reader.Name, _keptCursor!);
            Frames.EndFrame();
        }
    }
}

/// <summary>That all that was missed was given.</summary>
internal readonly record struct ResumedWord(string Cursor, long Replayed, ReplaySource Source);
