namespace Bascule.Cli;

/// <summary>Whether a program has switched to the alternate screen, from what it writes.</summary>
public sealed class AlternateScreen
{
    private const int MostDigits = 4;

    // Of a sequence that is not whole: how much of ESC [ ? was seen, then the number.
    private int _state;
    private int _number;
    private int _digits;

    public bool IsOn { get; private set; }

    public void Leave() => IsOn = false;

    /// <summary>47, 1047 and 1049, alone or first in a list: so programs write them.</summary>
    public void Read(ReadOnlySpan<byte> output)
    {
        foreach (var sign in output)
        {
            switch (_state)
            {
                case 0 when sign == 0x1b:
                    _state = 1;
                    break;
                case 1:
                    _state = sign == '[' ? 2 : sign == 0x1b ? 1 : 0;
                    break;
                case 2:
                    (_state, _number, _digits) = (sign == '?' ? 3 : sign == 0x1b ? 1 : 0, 0, 0);
                    break;
                case 3:
                    Take(sign);
                    break;
            }
        }
    }

    private void Take(byte sign)
    {
        if (sign is >= (byte)'0' and <= (byte)'9' && _digits < MostDigits)
        {
            (_number, _digits) = ((_number * 10) + sign - '0', _digits + 1);
            return;
        }

        if (_number is 47 or 1047 or 1049 && sign is (byte)'h' or (byte)'l')
            IsOn = sign == 'h';
        _state = sign == 0x1b ? 1 : 0;
    }
}
