namespace Bascule.Terminal;

/// <summary>Modes that are on or off; all off is how a terminal begins.</summary>
[Flags]
internal enum ModeFlags
{
    None = 0,
    CursorKeys = 1 << 0,
    ReverseVideo = 1 << 1,
    Origin = 1 << 2,
    NoWrap = 1 << 3,
    CursorHidden = 1 << 4,
    Keypad = 1 << 5,
    Insert = 1 << 6,
    NewLine = 1 << 7,
    FocusEvents = 1 << 8,
    BracketedPaste = 1 << 9,
}

/// <summary>All that a terminal stays in until told otherwise, but for its screen, its tabs and its colours. The default is how a terminal begins.</summary>
/// <param name="Alternate">47, 1047 or 1049: how the alternate screen was entered; 0: the normal one.</param>
/// <param name="Mouse">9, 1000, 1001, 1002 or 1003; 0: none.</param>
/// <param name="MouseEncoding">1005, 1006, 1015 or 1016; 0: the first one.</param>
internal readonly record struct ModeState(ModeFlags Flags, int Alternate, int Mouse, int MouseEncoding, int CursorStyle)
{
    /// <summary>Rows of the scroll region; 0: the whole screen.</summary>
    internal (int Top, int Bottom) Margins { get; init; }

    /// <summary>Final characters of the sets G0 to G3; 0 is ASCII.</summary>
    internal (byte G0, byte G1, byte G2, byte G3) Charsets { get; init; }

    /// <summary>Which of the four is written with.</summary>
    internal int Charset { get; init; }

    internal Rendition Rendition { get; init; }

    /// <summary>Null: none was set.</summary>
    internal string? Title { get; init; }

    internal bool Has(ModeFlags flag) => (Flags & flag) != ModeFlags.None;

    internal ModeState With(ModeFlags flag, bool isOn) => this with { Flags = isOn ? Flags | flag : Flags & ~flag };

    /// <summary>RIS: everything but the title.</summary>
    internal ModeState Reset() => new() { Title = Title };

    /// <summary>DECSTR, as xterm does it.</summary>
    internal ModeState SoftReset() => new(Flags & (ModeFlags.ReverseVideo | ModeFlags.NewLine | ModeFlags.FocusEvents | ModeFlags.BracketedPaste), Alternate, Mouse, MouseEncoding, CursorStyle)
    {
        Title = Title,
    };
}
