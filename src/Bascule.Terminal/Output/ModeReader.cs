using System.Text;

namespace Bascule.Terminal;

/// <summary>What each sequence does to the modes.</summary>
internal sealed class ModeReader : IVtListener
{
    private const byte ShiftOut = 0x0E;
    private const byte ShiftIn = 0x0F;

    internal ModeState State { get; set; }

    public void OnSequence(in VtSequence sequence)
    {
        switch (sequence.Kind)
        {
            case VtKind.Control:
                if (sequence.Final is ShiftOut or ShiftIn)
                    State = State with { Charset = sequence.Final == ShiftOut ? 1 : 0 };
                break;
            case VtKind.Escape:
                TakeEscape(sequence.Intermediate, sequence.Final);
                break;
            case VtKind.Csi when !sequence.IsCut:
                TakeCsi(sequence);
                break;
            case VtKind.Osc when !sequence.IsCut && sequence.Text is [(byte)'0' or (byte)'2', (byte)';', .. var title]:
                State = State with { Title = Encoding.UTF8.GetString(title) };
                break;
        }
    }

    private void TakeEscape(byte intermediate, byte final) => State = (intermediate, final) switch
    {
        (0, (byte)'c') => State.Reset(),
        (0, (byte)'=') => State.With(ModeFlags.Keypad, true),
        (0, (byte)'>') => State.With(ModeFlags.Keypad, false),
        (0, (byte)'n') => State with { Charset = 2 },
        (0, (byte)'o') => State with { Charset = 3 },
        ((byte)'(', _) => State with { Charsets = State.Charsets with { G0 = Set(final) } },
        ((byte)')' or (byte)'-', _) => State with { Charsets = State.Charsets with { G1 = Set(final) } },
        ((byte)'*' or (byte)'.', _) => State with { Charsets = State.Charsets with { G2 = Set(final) } },
        ((byte)'+' or (byte)'/', _) => State with { Charsets = State.Charsets with { G3 = Set(final) } },
        _ => State,
    };

    private static byte Set(byte final) => final == (byte)'B' ? (byte)0 : final;

    private void TakeCsi(in VtSequence csi)
    {
        if (csi.Is((byte)'?', 0, (byte)'h') || csi.Is((byte)'?', 0, (byte)'l'))
            foreach (var part in csi.Text.Split((byte)';'))
                SetPrivate(VtSequence.NumberIn(csi.Text[part]), csi.Final == (byte)'h');
        else if (csi.Is(0, 0, (byte)'h') || csi.Is(0, 0, (byte)'l'))
            foreach (var part in csi.Text.Split((byte)';'))
                State = VtSequence.NumberIn(csi.Text[part]) switch
                {
                    4 => State.With(ModeFlags.Insert, csi.Final == (byte)'h'),
                    20 => State.With(ModeFlags.NewLine, csi.Final == (byte)'h'),
                    _ => State,
                };
        else if (csi.Is(0, 0, (byte)'m'))
            State = State with { Rendition = State.Rendition.Apply(csi.Text) };
        else if (csi.Is(0, 0, (byte)'r'))
            State = State with { Margins = MarginsIn(csi.Text) };
        else if (csi.Is(0, (byte)' ', (byte)'q'))
            State = State with { CursorStyle = csi.FirstNumber is var style and <= 6 ? style : State.CursorStyle };
        else if (csi.Is(0, (byte)'!', (byte)'p'))
            State = State.SoftReset();
    }

    private static (int Top, int Bottom) MarginsIn(ReadOnlySpan<byte> text)
    {
        var separator = text.IndexOf((byte)';');
        var top = VtSequence.NumberIn(separator < 0 ? text : text[..separator]);
        var bottom = separator < 0 ? 0 : VtSequence.NumberIn(text[(separator + 1)..]);
        return top <= 1 && bottom == 0 ? (0, 0) : (Math.Max(top, 1), bottom);
    }

    private void SetPrivate(int mode, bool isOn)
    {
        State = mode switch
        {
            1 => State.With(ModeFlags.CursorKeys, isOn),
            5 => State.With(ModeFlags.ReverseVideo, isOn),
            6 => State.With(ModeFlags.Origin, isOn),
            7 => State.With(ModeFlags.NoWrap, !isOn),
            25 => State.With(ModeFlags.CursorHidden, !isOn),
            66 => State.With(ModeFlags.Keypad, isOn),
            1004 => State.With(ModeFlags.FocusEvents, isOn),
            2004 => State.With(ModeFlags.BracketedPaste, isOn),
            47 or 1047 or 1049 => State with { Alternate = isOn ? mode : 0 },
            // Each of them replaces the others, and any of them switches the mouse off, as in xterm.
            9 or (>= 1000 and <= 1003) => State with { Mouse = isOn ? mode : 0 },
            1005 or 1006 or 1015 or 1016 => State with { MouseEncoding = isOn ? mode : 0 },
            _ => State,
        };
    }
}
