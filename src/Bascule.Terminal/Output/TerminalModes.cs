using System.Globalization;
using System.Text;

namespace Bascule.Terminal;

/// <summary>The modes that a terminal stays in until told otherwise, tracked from the output, now and at places in the past.</summary>
public sealed class TerminalModes
{
    // So far apart are the places from which a terminal can begin; a snapshot loses no more than this.
    private const int CheckpointBytes = 16 << 10;

    // The parser says only between two pieces where it could be cut.
    private const int PieceBytes = 4 << 10;

    private readonly Lock _gate = new();
    private readonly ModeReader _reader = new();
    private readonly VtParser _parser;
    private readonly Queue<Checkpoint> _checkpoints = new([new(0, default)]);
    private long _lastCheckpoint;
    private long _marginsForgottenAt = -1;

    public TerminalModes() => _parser = new VtParser(_reader);

    public bool IsAlternateScreen => State.Alternate != 0;

    /// <summary>As set by OSC 0 or 2; empty when none was.</summary>
    public string Title => State.Title ?? "";

    internal ModeState State
    {
        get
        {
            lock (_gate)
                return _reader.State;
        }
    }

    /// <summary>What brings any terminal into these modes. It moves the cursor.</summary>
    public byte[] Restore() => Write(State);

    /// <summary>Output in its order. One thread.</summary>
    /// <param name="keptFrom">What is before this offset will not be asked for.</param>
    internal void Feed(ReadOnlySpan<byte> bytes, long keptFrom)
    {
        lock (_gate)
        {
            while (!bytes.IsEmpty)
            {
                var piece = bytes[..Math.Min(bytes.Length, PieceBytes)];
                _parser.Feed(piece);
                bytes = bytes[piece.Length..];
                if (_parser.Boundary - _lastCheckpoint < CheckpointBytes)
                    continue;
                _lastCheckpoint = _parser.Boundary;
                _checkpoints.Enqueue(new Checkpoint(_lastCheckpoint, _reader.State));
            }

            while (_checkpoints.TryPeek(out var oldest) && oldest.Offset < keptFrom)
                _checkpoints.Dequeue();
        }
    }

    /// <summary>Terminals forget their scroll region then.</summary>
    internal void OnResized()
    {
        lock (_gate)
        {
            if (_reader.State.Margins != default)
                _marginsForgottenAt = _parser.Position;
            _reader.State = _reader.State with { Margins = default };
        }
    }

    /// <summary>The first place at or after <paramref name="from"/> where a terminal can begin, with the modes there, and the last place up to which nothing is cut.</summary>
    internal ModeCut Cut(long from)
    {
        lock (_gate)
        {
            var last = _parser.Boundary;
            var first = new Checkpoint(last, _reader.State);
            foreach (var checkpoint in _checkpoints)
                if (checkpoint.Offset >= from)
                {
                    first = checkpoint;
                    break;
                }

            return new ModeCut(first, last, new Checkpoint(_parser.Position, _reader.State), _parser.OpenText)
            {
                ForgetsMargins = _marginsForgottenAt >= first.Offset && _reader.State.Margins == default,
            };
        }
    }

    internal static byte[] Write(ModeState state)
    {
        // Everything off first, in sequences that a terminal which lacks one of them ignores; then what is on.
        var text = new StringBuilder("\e[!p\e[?1;5;6;9;66;1000;1002;1003;1004;1005;1006;1015;1016;2004l\e[?7;25h\e[4;20l\e>\e[m\e[r\e(B\e)B\e*B\e+B\x0f");
        text.Append(CultureInfo.InvariantCulture, $"\e[?{(state.Alternate == 0 ? "1047l" : $"{state.Alternate}h")}\e[{state.CursorStyle} q");
        foreach (var (flag, sequence) in Switches)
            if (state.Has(flag))
                text.Append(sequence);
        foreach (var mode in (ReadOnlySpan<int>)[state.Mouse, state.MouseEncoding])
            if (mode != 0)
                text.Append(CultureInfo.InvariantCulture, $"\e[?{mode}h");
        if (state.Title is { } title)
            text.Append("\e]2;").Append(title).Append('\a');
        WriteCharsets(text, state);
        if (state.Rendition != default)
            text.Append(CultureInfo.InvariantCulture, $"\e[{state.Rendition}m");
        if (state.Margins.Top != 0)
            text.Append(CultureInfo.InvariantCulture, $"\e[{state.Margins.Top};{(state.Margins.Bottom == 0 ? "" : state.Margins.Bottom)}r");
        // Last: it changes what the others mean.
        if (state.Has(ModeFlags.Origin))
            text.Append("\e[?6h");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static readonly (ModeFlags Flag, string Sequence)[] Switches =
    [
        (ModeFlags.CursorKeys, "\e[?1h"), (ModeFlags.ReverseVideo, "\e[?5h"), (ModeFlags.NoWrap, "\e[?7l"), (ModeFlags.CursorHidden, "\e[?25l"), (ModeFlags.Keypad, "\e="),
        (ModeFlags.Insert, "\e[4h"), (ModeFlags.NewLine, "\e[20h"), (ModeFlags.FocusEvents, "\e[?1004h"), (ModeFlags.BracketedPaste, "\e[?2004h"),
    ];

    private static void WriteCharsets(StringBuilder text, ModeState state)
    {
        foreach (var (name, set) in ((char, byte)[])[('(', state.Charsets.G0), (')', state.Charsets.G1), ('*', state.Charsets.G2), ('+', state.Charsets.G3)])
            if (set != 0)
                text.Append('\e').Append(name).Append((char)set);
        text.Append(state.Charset switch { 1 => "\x0e", 2 => "\en", 3 => "\eo", _ => "" });
    }
}

/// <summary>A place in the output where no sequence and no character is cut, with the modes there.</summary>
internal readonly record struct Checkpoint(long Offset, ModeState State);

/// <summary>Where a stream can be cut.</summary>
/// <param name="First">The first place where a terminal can begin.</param>
/// <param name="Last">The last place up to which nothing is cut.</param>
/// <param name="Now">The end of all output; perhaps in the middle of a text.</param>
/// <param name="OpenText">What begins a text, if it is so.</param>
internal readonly record struct ModeCut(Checkpoint First, long Last, Checkpoint Now, string? OpenText)
{
    /// <summary>The output sets a scroll region that a change of size took away, of which the output does not tell.</summary>
    internal bool ForgetsMargins { get; init; }
}
