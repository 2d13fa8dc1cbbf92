using System.Text;
using System.Threading.Channels;

namespace Bascule.Cli;

/// <summary>What happened at the terminal.</summary>
/// <param name="Key">Null: the size changed, or the process came back; draw again.</param>
public readonly record struct ScreenInput(ConsoleKeyInfo? Key);

/// <summary>Takes the whole terminal while it lives, and gives it back as it was: also after exceptions and Ctrl-C.</summary>
public sealed class Screen : IAsyncDisposable
{
    // Another buffer, so that what stood there comes back; no cursor; a line that is too long must not move the others.
    private const string Enter = "\e[?1049h\e[?25l\e[?7l\e[2J";
    // The last two undo what the runtime switches on to read keys and leaves so: the next program would get other sequences for its arrows.
    private const string Leave = "\e[0m\e[?7h\e[?25h\e[?1049l\e[?1l\e[?66l";

    // Terminals that know it show a frame only when it is whole; the others ignore it.
    private const string BeginFrame = "\e[?2026h";
    private const string EndFrame = "\e[?2026l";

    /// <summary>A person does not notice so short a wait for a key.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(30);

    /// <summary>Keys that wait; more were pressed by a cat.</summary>
    private const int MostInputs = 256;

    private readonly Lock _gate = new();
    private readonly IScreenDevice _device;
    private readonly TimeProvider _time;
    private readonly Palette _palette;
    private readonly Channel<ScreenInput> _inputs = Channel.CreateBounded<ScreenInput>(new BoundedChannelOptions(MostInputs) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _closing = new();
    private readonly IDisposable _signals;
    private readonly Task _looking;
    private string[] _drawn = [];
    private bool _isThere = true;
    private bool _isClosed;

    private Screen(IScreenDevice device, bool isColored, TimeProvider time)
    {
        (_device, _time, _palette) = (device, time, new Palette(isColored));
        _device.Write(Enter);
        _signals = device.Watch(leaving: GoAway, back: ComeBack);
        _looking = LookAsync();
    }

    public ScreenSize Size => _device.Size;

    /// <param name="isColored">False under <c>NO_COLOR</c>.</param>
    public static Screen Open(IScreenDevice device, bool isColored, TimeProvider time) => new(device, isColored, time);

    /// <summary>The next key or change of size, in their order.</summary>
    /// <exception cref="ChannelClosedException">The screen was closed, or the terminal is broken.</exception>
    public ValueTask<ScreenInput> ReadAsync(CancellationToken cancellation) => _inputs.Reader.ReadAsync(cancellation);

    /// <summary>Draws what differs from the frame before.</summary>
    public void Show(Frame frame)
    {
        lock (_gate)
        {
            if (!_isThere)
                return;
            var lines = frame.Lines.Select(l => (Sequence: l.Sequence(_palette), IsFull: l.Width >= frame.Size.Columns)).ToList();
            var changes = new StringBuilder();
            if (_drawn.Length != lines.Count)
            {
                changes.Append("\e[2J");
                _drawn = new string[lines.Count];
            }

            for (var row = 0; row < lines.Count; row++)
            {
                var (sequence, isFull) = lines[row];
                if (_drawn[row] == sequence)
                    continue;
                _drawn[row] = sequence;
                // In the last column "erase to the end" would take the last letter away.
                changes.Append($"\e[{row + 1};1H").Append(sequence).Append(isFull ? "" : "\e[K");
            }

            if (changes.Length > 0)
                _device.Write(BeginFrame + changes + EndFrame);
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_isClosed)
                return;
            _isClosed = true;
        }

        await _closing.CancelAsync();
        await _looking;
        _signals.Dispose();
        GoAway();
        _closing.Dispose();
    }

    private async Task LookAsync()
    {
        using var timer = new PeriodicTimer(Look, _time);
        try
        {
            var size = Size;
            while (await timer.WaitForNextTickAsync(_closing.Token))
            {
                while (_device.TryReadKey(out var key))
                    Take(key);
                if (Size == size)
                    continue;
                size = Size;
                Redraw();
            }
        }
        catch (OperationCanceledException)
        {
            // Closed.
            _inputs.Writer.TryComplete();
        }
        catch (Exception fault)
        {
            // Whoever reads is told.
            _inputs.Writer.TryComplete(fault);
        }
    }

    /// <summary>Escape and a letter that arrive together look like Alt and that letter; no view wants Alt, but all take Escape.</summary>
    private void Take(ConsoleKeyInfo key)
    {
        if (key.Modifiers.HasFlag(ConsoleModifiers.Alt))
        {
            _inputs.Writer.TryWrite(new ScreenInput(new ConsoleKeyInfo('\e', ConsoleKey.Escape, shift: false, alt: false, control: false)));
            key = new ConsoleKeyInfo(key.KeyChar, key.Key, key.Modifiers.HasFlag(ConsoleModifiers.Shift), alt: false, key.Modifiers.HasFlag(ConsoleModifiers.Control));
        }

        _inputs.Writer.TryWrite(new ScreenInput(key));
    }

    private void GoAway()
    {
        lock (_gate)
        {
            if (!_isThere)
                return;
            _isThere = false;
            _device.Write(Leave);
        }
    }

    private void ComeBack()
    {
        lock (_gate)
        {
            if (!_isThere)
                return;
            // Whoever used the terminal meanwhile may have left anything there.
            _device.Write(Enter);
        }

        Redraw();
    }

    /// <summary>Nothing that was drawn counts any more.</summary>
    private void Redraw()
    {
        lock (_gate)
            _drawn = [];
        _inputs.Writer.TryWrite(new ScreenInput(null));
    }
}
