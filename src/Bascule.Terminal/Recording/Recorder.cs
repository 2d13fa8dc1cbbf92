using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Bascule.Terminal;

/// <summary>Writes down one terminal, as much as its order says. The program waits for the disk; when the disk fails, the recording ends and the terminal goes on.</summary>
internal sealed class Recorder : IDisposable
{
    // Some seconds of a program that prints without end.
    private const int MostWaiting = 256;

    // An hour of a full terminal at 70 KiB/s; a screen of text every second is 100 times less.
    private const long MostBytes = 256L << 20;

    // No event: what was written goes to the disk.
    private const char Sync = '\0';

    private const string Removed = "its file was taken away";

    private static readonly TimeSpan SyncPeriod = TimeSpan.FromSeconds(5);

    private readonly TerminalOrder _order;
    private readonly FileStream _file;
    private readonly CastWriter _cast;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly TextFrames _input = new();
    private readonly Channel<Entry> _line = Channel.CreateBounded<Entry>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private Task _writing = Task.CompletedTask;
    private Task _following = Task.CompletedTask;
    private readonly Lock _gate = new();
    private int _lost;
    private bool _isEnding;
    private volatile bool _isOver;
    private Action<string> _stopped = static _ => { };

    private Recorder(TerminalOrder order, FileStream file, ILogger log, TimeProvider time)
    {
        _order = order;
        _file = file;
        _log = log;
        _time = time;
        _started = time.GetTimestamp();
        var type = order.Environment.GetValueOrDefault("TERM");
        _cast = new CastWriter(file, new CastHeader(
            3, new CastTerm(order.Size.Columns, order.Size.Rows, type), time.GetUtcNow().ToUnixTimeSeconds(), string.Join(' ', order.Command), order.Id));
    }

    /// <summary>End of the hash chain, once it has ended; null when the recording did not come to its end.</summary>
    internal string? Digest { get; private set; }

    /// <summary>Opens a file of the terminal's name, which nobody else may read.</summary>
    /// <exception cref="IOException">There is one already, or the folder cannot be written.</exception>
    internal static Recorder Open(string folder, TerminalOrder order, ILogger log, TimeProvider time)
    {
        if (!TerminalId.IsValid(order.Id))
            throw new IOException("The name of the terminal cannot be the name of a file.");
        if (File.Exists(folder))
            throw new IOException($"{folder} is a file, and no folder.");
        Directory.CreateDirectory(folder);
        // Without a buffer: a line that the disk refuses must not be tried again with the next one, nor at the end.
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new Recorder(order, new FileStream(Path.Combine(folder, order.Id + ".cast"), options), log, time);
    }

    /// <summary>Begins to write.</summary>
    /// <param name="stopped">Told why, when it ends before the terminal.</param>
    internal void Follow(Terminal terminal, OutputHold hold, OutputHold? errorsHold, Action<string> stopped)
    {
        _stopped = stopped;
        _writing = WriteAsync();
        if (_order.Recording is RecordingMode.Output or RecordingMode.Input)
            _following = Task.WhenAll(FollowAsync(terminal.Output, hold), terminal.Errors is { } errors ? FollowAsync(errors, errorsHold!) : Task.CompletedTask);
    }

    internal void Mark(string text) => Note('m', Encoding.UTF8.GetBytes(text));

    internal void Resize(TerminalSize size) => Note('r', Encoding.UTF8.GetBytes(size.ToString()));

    /// <summary>What is typed for the program, when input is recorded.</summary>
    internal async ValueTask InputAsync(ReadOnlyMemory<byte> input)
    {
        if (_order.Recording != RecordingMode.Input || _isOver)
            return;
        try
        {
            await _line.Writer.WriteAsync(new Entry(Now, 'i', _input.Take(input.Span, isLast: false)));
        }
        catch (ChannelClosedException)
        {
            // The exit is written: what is taken after it belongs to no recording.
        }
    }

    /// <summary>The program did not take the last input.</summary>
    internal void InputRefused()
    {
        if (_order.Recording == RecordingMode.Input)
            Mark("the last input was not passed on");
    }

    /// <summary>Writes the exit and the end of the chain. Never fails: what goes wrong with a recording does not keep its terminal from its end.</summary>
    internal async Task EndAsync(ExitFrame exit)
    {
        try
        {
            await FinishAsync(exit);
        }
#pragma warning disable CA1031 // Whatever it was: the end of the terminal is to be told.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _log.RecordingStopped(_order.Id, e.ToString());
        }
    }

    /// <summary>What is written by now.</summary>
    /// <exception cref="IOException">Somebody took it away.</exception>
    internal FileStream Read() => new(_file.Name, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete, Options = FileOptions.Asynchronous });

    /// <summary>Nothing was started: takes the file away.</summary>
    internal void Discard()
    {
        Dispose();
        File.Delete(_file.Name);
    }

    /// <summary>Closes the file as it is; after <see cref="EndAsync"/> it is closed already.</summary>
    public void Dispose()
    {
        _cast.Dispose();
        _file.Dispose();
    }

    private TimeSpan Now => _time.GetElapsedTime(_started);

    private void Note(char code, byte[] text)
    {
        lock (_gate)
        {
            // Who leaves because the program has ended is no part of the recording.
            if (!_isEnding && !_line.Writer.TryWrite(new Entry(Now, code, text)))
                Interlocked.Increment(ref _lost);
        }
    }

    private async Task FinishAsync(ExitFrame exit)
    {
        await _following;
        lock (_gate)
            _isEnding = true;
        if (exit.Cause != "exited")
            await _line.Writer.WriteAsync(new Entry(Now, 'm', Encoding.UTF8.GetBytes(exit.Cause)));
        await _line.Writer.WriteAsync(new Entry(Now, 'x', Encoding.UTF8.GetBytes($"{ChannelStatus.ShellCodeOf(exit)}")));
        _line.Writer.Complete();
        await _writing;
    }

    private async Task FollowAsync(OutputRing ring, OutputHold hold)
    {
        var text = new TextFrames();
        var buffer = new byte[StreamPump.MostFrameBytes];
        hold.ForRecorder(0);
        for (var position = 0L; !_isOver;)
        {
            await ring.WaitAsync(position, CancellationToken.None);
            var isLast = ring.IsComplete && position >= ring.End;
            var count = isLast ? 0 : ring.Read(position, buffer);
            if (count < 0)
            {
                // Only before the hold took effect, or after a fault of ours: what is missing is said.
                await _line.Writer.WriteAsync(new Entry(Now, 'm', Encoding.UTF8.GetBytes($"{ring.Start - position} bytes of output are missing here")));
                position = ring.Start;
                continue;
            }

            position += count;
            await _line.Writer.WriteAsync(new Entry(Now, 'o', text.Take(buffer.AsSpan(0, count), isLast)));
            hold.ForRecorder(position);
            if (isLast)
                break;
        }

        hold.ForRecorder(long.MaxValue);
    }

    private async Task WriteAsync()
    {
        // A sync goes through the line as well: so one task writes, and a quiet terminal is on the disk, too.
        await using var syncing = _time.CreateTimer(_ => _line.Writer.TryWrite(new Entry(default, Sync, [])), null, SyncPeriod, SyncPeriod);
        await foreach (var entry in _line.Reader.ReadAllAsync())
        {
            if (_isOver)
                continue;
            try
            {
                if (entry.Code != Sync)
                    Write(entry);
                if (entry.Code == Sync || !_line.Reader.TryPeek(out _))
                    _file.Flush(flushToDisk: entry.Code == Sync);
                if (entry.Code == Sync && !File.Exists(_file.Name))
                    Stop(Removed);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Cut(e.Message);
            }
        }

        Close();
    }

    private void Write(Entry entry)
    {
        if (Interlocked.Exchange(ref _lost, 0) is > 0 and var lost)
            _cast.Comment($"{(lost == 1 ? "1 event is" : $"{lost} events are")} missing here: the disk was too slow");
        if (entry.Text.Length > 0 || entry.Code != 'o')
            _cast.Event(entry.At, entry.Code, entry.Text);
        if (_cast.Length < MostBytes)
            return;
        _cast.Comment($"the recording ends here: it has {MostBytes} bytes");
        Stop($"it has {MostBytes} bytes");
    }

    /// <summary>The disk refused a line. What is left of it goes, so that the file can be read; then there may be room to say why it ends.</summary>
    private void Cut(string refusal)
    {
        Stop($"the disk refuses: {refusal.Replace(_file.Name, "its file", StringComparison.Ordinal)}");
        try
        {
            _file.SetLength(_cast.Length);
            _file.Position = _cast.Length;
            _cast.Comment("the recording is cut here: the disk refused more");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without that line and the end of the chain it shows, too, that something is missing.
            _log.RecordingUnfinished(_order.Id, e.Message);
        }
    }

    private void Stop(string reason)
    {
        _isOver = true;
        _log.RecordingStopped(_order.Id, reason);
        _stopped(reason);
    }

    private void Close()
    {
        try
        {
            _cast.Finish();
            _file.Flush(flushToDisk: true);
            // A digest of what nobody can read would be asked for in vain.
            if (File.Exists(_file.Name))
                Digest = _cast.Digest;
            else
                _log.RecordingUnfinished(_order.Id, Removed);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.RecordingUnfinished(_order.Id, e.Message);
        }
        finally
        {
            Dispose();
        }
    }

    private readonly record struct Entry(TimeSpan At, char Code, byte[] Text);
}
