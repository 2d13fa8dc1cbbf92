using System.Buffers;

namespace Bascule.Terminal;

/// <summary>Finds the sequences in the output of a terminal: bytes split anywhere, UTF-8, any length.</summary>
/// <remarks>As xterm and xterm.js: a control character acts in the middle of a sequence, ESC begins a new one, CAN and SUB end it; C1 controls come as UTF-8 (C2 80..9F). Never allocates.</remarks>
internal sealed class VtParser(IVtListener listener)
{
    // Titles are shorter, and so are all parameters that mean something.
    private const int MostText = 1024;

    private const byte Bell = 0x07;
    private const byte Cancel = 0x18;
    private const byte Substitute = 0x1A;
    private const byte Esc = 0x1B;
    private const byte Delete = 0x7F;
    private const byte C1Lead = 0xC2;
    private const byte Several = 0xFF;

    // In plain text only these mean something to anybody here: ENQ, SO, SI, ESC, and what may begin a C1 control.
    private static readonly SearchValues<byte> Special = SearchValues.Create([0x05, 0x0E, 0x0F, Esc, C1Lead]);

    private readonly byte[] _text = new byte[MostText];
    private State _state;
    private long _position;
    private long _start;
    private int _textLength;
    private bool _isCut;
    private bool _sawC1Lead;
    private bool _c1Interrupts;
    private bool _interrupts;
    private byte _prefix;
    private byte _intermediate;
    private byte _final;
    private VtKind _stringKind;

    // Of a character that is not whole yet: bytes that came, bytes that are missing.
    private int _came;
    private int _missing;

    private enum State
    {
        Ground,
        Escape,

        /// <summary>CSI, or the beginning of a DCS, up to its final character.</summary>
        Header,

        /// <summary>A header that means nothing any more.</summary>
        Ignored,
        Text,
        IgnoredText,
    }

    /// <summary>The last offset at which no sequence and no character is cut.</summary>
    internal long Boundary => _state != State.Ground ? _start : _position - _came - (_sawC1Lead ? 1 : 0);

    /// <summary>All that was fed.</summary>
    internal long Position => _position;

    /// <summary>What brings a terminal into the middle of a text that means nothing, when this one is in the middle of a text; else null.</summary>
    internal string? OpenText => _state is not (State.Text or State.IgnoredText) ? null : _stringKind == VtKind.Osc ? "\e]" : "\eX";

    internal void Feed(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (at < bytes.Length)
        {
            if (_state == State.Ground && !_sawC1Lead)
            {
                var plain = bytes[at..].IndexOfAny(Special);
                var run = plain < 0 ? bytes.Length - at : plain;
                TakePlain(bytes.Slice(at, run));
                at += run;
                _position += run;
                if (plain < 0)
                    return;
            }

            Take(bytes[at++]);
            _position++;
        }
    }

    /// <summary>Only what is cut at its end matters.</summary>
    private void TakePlain(ReadOnlySpan<byte> run)
    {
        for (; _missing > 0 && !run.IsEmpty && (run[0] & 0xC0) == 0x80; run = run[1..])
            (_came, _missing) = (_came + 1, _missing - 1);
        if (run.IsEmpty && _missing > 0)
            return;
        (_came, _missing) = (0, 0);
        var tail = run.Length > 3 ? run[^3..] : run;
        for (var i = tail.Length - 1; i >= 0; i--)
        {
            var length = tail[i] switch { >= 0xF0 and < 0xF8 => 4, >= 0xE0 and < 0xF0 => 3, >= 0xC0 and < 0xE0 => 2, < 0x80 or >= 0xF8 => 1, _ => 0 };
            if (length == 0)
                continue;
            (_came, _missing) = length > tail.Length - i ? (tail.Length - i, length - (tail.Length - i)) : (0, 0);
            return;
        }
    }

    private void Take(byte b)
    {
        var isCut = _state != State.Ground || _sawC1Lead || _missing > 0;
        (_came, _missing) = (0, 0);
        if (_sawC1Lead)
        {
            _sawC1Lead = false;
            if (b is >= 0x80 and < 0xA0)
            {
                TakeC1(b);
                return;
            }

            if (_state == State.Text)
                Keep(C1Lead);
            else if (_state == State.Ground && b is >= 0xA0 and < 0xC0)
                // The second byte of an ordinary character.
                return;
        }

        if (b == C1Lead)
        {
            (_sawC1Lead, _c1Interrupts) = (true, isCut);
            if (_state is State.Escape or State.Header or State.Ignored)
                Ground();
            return;
        }

        if (b is Esc or Cancel or Substitute)
        {
            EndText(isWhole: b == Esc, length: 0);
            Ground();
            _interrupts = isCut;
            if (b == Esc)
                Begin(State.Escape, _position);
            return;
        }

        TakeByState(b);
    }

    private void TakeByState(byte b)
    {
        switch (_state)
        {
            case State.Text or State.IgnoredText when b == Bell && _stringKind == VtKind.Osc:
                EndText(isWhole: true, length: 1);
                Ground();
                break;
            case State.Text:
                Keep(b);
                break;
            case State.IgnoredText:
                break;
            case not State.Ground when b < 0x20:
                Tell(VtKind.Control, b, _position, _position + 1);
                break;
            case State.Ground:
                if (b < 0x20)
                    Tell(VtKind.Control, b, _position, _position + 1);
                break;
            case State.Escape:
                TakeEscape(b);
                break;
            default:
                TakeHeader(b);
                break;
        }
    }

    private void TakeEscape(byte b)
    {
        switch (b)
        {
            case >= 0x20 and < 0x30:
                _intermediate = _intermediate == 0 ? b : Several;
                break;
            case >= 0x30 and < Delete when _intermediate != 0:
                Finish(VtKind.Escape, b);
                break;
            case (byte)'[' or (byte)']' or (byte)'P' or (byte)'X' or (byte)'^' or (byte)'_':
                Introduce(b, _start);
                break;
            case >= 0x30 and < Delete:
                Finish(VtKind.Escape, b);
                break;
            case Delete:
                break;
            default:
                Ground();
                break;
        }
    }

    private void TakeHeader(byte b)
    {
        var isAtStart = _textLength == 0 && _prefix == 0 && _intermediate == 0;
        switch (b)
        {
            case >= 0x40 and < Delete when _state == State.Ignored:
                Drop();
                break;
            case >= 0x40 and < Delete when _stringKind == VtKind.Dcs:
                (_final, _textLength, _isCut) = (b, 0, false);
                _state = State.Text;
                break;
            case >= 0x40 and < Delete:
                Finish(VtKind.Csi, b);
                break;
            case >= 0x3C and < 0x40 when isAtStart:
                _prefix = b;
                break;
            case >= 0x30 and < 0x3C when _intermediate == 0:
                Keep(b);
                break;
            case >= 0x20 and < 0x30:
                _intermediate = _intermediate == 0 ? b : Several;
                break;
            case Delete:
                break;
            case < 0x40:
                _state = State.Ignored;
                break;
            default:
                Ground();
                break;
        }
    }

    /// <summary>The control with the same meaning as ESC and the character 64 below.</summary>
    private void TakeC1(byte b)
    {
        var start = _position - 1;
        var isEndOfString = b == 0x9C;
        EndText(isWhole: true, isEndOfString ? 1 : -1);
        Ground();
        if (isEndOfString)
            return;
        _interrupts = _c1Interrupts;
        Begin(State.Escape, start);
        TakeEscape((byte)(b - 0x40));
    }

    private void Introduce(byte introducer, long start)
    {
        Begin(introducer is (byte)'[' or (byte)'P' ? State.Header : introducer == (byte)']' ? State.Text : State.IgnoredText, start);
        _stringKind = introducer switch { (byte)'P' => VtKind.Dcs, (byte)']' => VtKind.Osc, _ => VtKind.Csi };
    }

    private void Begin(State state, long start)
    {
        (_state, _start, _textLength, _isCut) = (state, start, 0, false);
        (_prefix, _intermediate, _final, _stringKind) = (0, 0, 0, VtKind.Csi);
    }

    /// <summary>The header of a sequence without meaning is over; the text of such a DCS goes on.</summary>
    private void Drop() => _state = _stringKind == VtKind.Dcs ? State.IgnoredText : State.Ground;

    private void Finish(VtKind kind, byte final)
    {
        _state = State.Ground;
        Tell(kind, final, _start, _position + 1);
    }

    /// <param name="length">Bytes of its terminator, from this one on, that belong to it.</param>
    private void EndText(bool isWhole, int length)
    {
        if (_state == State.Text && isWhole)
            Tell(_stringKind, _final, _start, _position + length);
    }

    private void Ground() => _state = State.Ground;

    private void Keep(byte b)
    {
        if (_textLength == MostText)
            _isCut = true;
        else
            _text[_textLength++] = b;
    }

    private void Tell(VtKind kind, byte final, long start, long end) => listener.OnSequence(kind == VtKind.Control
        ? new VtSequence { Kind = kind, Final = final, Start = start, End = end }
        : new VtSequence
        {
            Kind = kind,
            Start = start,
            End = end,
            Prefix = _prefix,
            Intermediate = _intermediate,
            Final = final,
            Text = _text.AsSpan(0, _textLength),
            IsCut = _isCut,
            Interrupts = _interrupts,
        });
}
