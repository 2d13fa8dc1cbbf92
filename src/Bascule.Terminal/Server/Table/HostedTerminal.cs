using System.Security.Cryptography;

namespace Bascule.Terminal;

/// <summary>What a viewer was given when it came.</summary>
/// <param name="Refusal">Set when it may not stay.</param>
/// <param name="IsFirst">Nobody was attached before it: a program that asks the terminal something is still waiting for the answer.</param>
internal readonly record struct Admission(HostRefusal? Refusal, bool IsFirst, string? Writer);

/// <summary>One terminal of a host, with those who are attached to it.</summary>
internal sealed class HostedTerminal : IAsyncDisposable
{
    private const int IncarnationBytes = 8;

    private readonly Lock _gate = new();
    private readonly int _mostViewers;
    private readonly ChangeLog _changes;
    private readonly TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly OutputHold _hold;
    private readonly OutputHold? _errorsHold;
    private Viewer[] _viewers = [];
    private ExitFrame? _exit;
    private bool _wasAttached;
    private TaskCompletionSource? _empty;

    internal HostedTerminal(Terminal terminal, int mostViewers, Recorder? recorder, ChangeLog changes, TimeProvider time)
    {
        Terminal = terminal;
        Recorder = recorder;
        _mostViewers = mostViewers;
        _changes = changes;
        _hold = new OutputHold(terminal.Output, terminal.Hold);
        _errorsHold = terminal.Errors is { } errors ? new OutputHold(errors, terminal.HoldErrors) : null;
        // Before the seat, which lets go of what nobody holds.
        recorder?.Follow(terminal, _hold, _errorsHold, TellCut);
        Seat = new WriterSeat(terminal.Order.Hold, _hold, _errorsHold, time);
        Size = new SizeRule(Resize, time);
        terminal.Announced += Announce;
        Ended = KeepAsync();
    }

    internal Terminal Terminal { get; }

    internal string Id => Terminal.Order.Id;

    internal string Incarnation { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IncarnationBytes));

    internal WriterSeat Seat { get; }

    internal SizeRule Size { get; }

    internal Recorder? Recorder { get; }

    /// <summary>Done when the process is over, its output is read, and the recording is closed.</summary>
    internal Task<ExitFrame> Ended { get; }

    /// <summary>Null while it runs.</summary>
    internal ExitFrame? Exit => Volatile.Read(ref _exit);

    internal IReadOnlyList<Viewer> Viewers => Volatile.Read(ref _viewers);

    /// <summary>Tells gateways that it runs; its end comes behind that. They bring viewers at once, so it must be found before.</summary>
    internal void TellStarted()
    {
        _changes.Add("started", Id);
        _told.SetResult();
    }

    /// <summary>Lets a viewer in, replaces the older connection of its client, and gives it the seat when it may have it.</summary>
    /// <param name="offset">Output that the viewer has.</param>
    internal Admission Admit(Viewer viewer, ViewerRole wish, bool takes, long offset, long errorsOffset)
    {
        Viewer? older;
        bool isFirst;
        lock (_gate)
        {
            older = _viewers.FirstOrDefault(other => other.IsSameAs(viewer));
            // Who was only let look must not keep those out who may write.
            if (older is null && _viewers.Count(other => other.Caller.Role == viewer.Caller.Role) >= _mostViewers)
                return new Admission(HostRefusal.TooManyViewers, false, null);
            isFirst = !_wasAttached;
            _wasAttached = true;
            Volatile.Write(ref _viewers, [.. _viewers.Where(other => other != older), viewer]);
        }

        CountViewers();
        if (wish == ViewerRole.Write && viewer.Caller.Role == ViewerRole.Write)
            Claim(viewer, takes, offset, errorsOffset);
        if (older is not null)
        {
            older.Become(ViewerRole.Read);
            if (Seat.Leave(older, isForGood: true))
                TellFree();
            older.End(4409, "replaced", "never");
        }
        else
            TellOthers(viewer, joined: true);
        Recorder?.Mark($"{viewer.Caller.User} attached to {NameOf(viewer.Role)}");
        return new Admission(null, isFirst, Seat.Writer?.Caller.User);
    }

    /// <summary>Gives the seat to a viewer, or tells it who has it.</summary>
    internal void Claim(Viewer viewer, bool takes, long offset, long errorsOffset)
    {
        // One at a time, so that roles and seat agree.
        lock (_gate)
        {
            // When a newer connection of its client has replaced it, nobody would take it out of the seat again.
            if (_viewers.Contains(viewer))
                ClaimSeat(viewer, takes, offset, errorsOffset);
        }
    }

    private void ClaimSeat(Viewer viewer, bool takes, long offset, long errorsOffset)
    {
        var answer = Seat.Claim(viewer, takes, offset, errorsOffset);
        if (!answer.IsGranted)
        {
            viewer.Tell(new NoticeFrame("occupied", $"{Shown(answer.Other!)} writes. You read until you take over.") { Role = "read", Fence = Seat.Fence, User = answer.Other!.Caller.User });
            return;
        }

        viewer.Become(ViewerRole.Write);
        if (answer.Before is { } before)
            _changes.Add("writer", Id, writer: new WriterDocument(answer.Fence, NameOf(viewer), NameOf(before), viewer.Caller.Attempt, viewer.Caller.ClientAddress));
        if (answer.Other is not { } earlier)
            return;
        earlier.Become(ViewerRole.Read);
        if (earlier.IsSameAs(viewer))
            return;
        earlier.Tell(new NoticeFrame("taken", $"{Shown(viewer)} took over. You read from now on.") { Role = "read", Fence = Seat.Fence, User = viewer.Caller.User });
        Recorder?.Mark($"{viewer.Caller.User} took over from {earlier.Caller.User}");
    }

    /// <summary>The viewer leaves the seat and stays.</summary>
    internal void Resign(Viewer viewer)
    {
        if (!Seat.Leave(viewer, isForGood: true))
            return;
        viewer.Become(ViewerRole.Read);
        viewer.Tell(new NoticeFrame("role", "You read from now on.") { Role = "read", Fence = Seat.Fence });
        TellFree();
    }

    /// <param name="isForGood">The client closed; else its connection was cut, and it may come back for what it misses.</param>
    internal void Leave(Viewer viewer, bool isForGood)
    {
        lock (_gate)
        {
            if (!_viewers.Contains(viewer))
                return;
            Volatile.Write(ref _viewers, [.. _viewers.Where(other => other != viewer)]);
            if (_viewers.Length == 0)
                _empty?.TrySetResult();
        }

        viewer.Become(ViewerRole.Read);
        if (Seat.Leave(viewer, isForGood))
            TellFree();
        CountViewers();
        TellOthers(viewer, joined: false);
        Recorder?.Mark($"{viewer.Caller.User} left");
    }

    /// <summary>Done when nobody is attached.</summary>
    internal Task WhenEmptyAsync()
    {
        lock (_gate)
        {
            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_viewers.Length == 0)
                _empty.TrySetResult();
            return _empty.Task;
        }
    }

    internal void Tell(NoticeFrame notice)
    {
        foreach (var viewer in Viewers)
            viewer.Tell(notice);
    }

    public async ValueTask DisposeAsync()
    {
        Seat.Dispose();
        Size.Dispose();
        await Terminal.DisposeAsync();
        await Ended;
        foreach (var viewer in Viewers)
            viewer.End(HostRefusal.Over.Code, HostRefusal.Over.Label, HostRefusal.Over.Retry);
    }

    internal TerminalDocument Describe()
    {
        var exit = Exit;
        var (output, errors, size) = (Terminal.Output, Terminal.Errors, Terminal.Size);
        return new TerminalDocument
        {
            Id = Id,
            State = exit is null ? "running" : "ended",
            Incarnation = Incarnation,
            Tty = Terminal.Order.Tty,
            Command = Terminal.Order.Command,
            Pid = Terminal.ProcessId,
            Columns = size.Columns,
            Rows = size.Rows,
            StartedAt = Terminal.Started,
            LastActivityAt = Terminal.LastActivity,
            Viewers = Viewers.Count,
            Writer = Seat.Writer?.Caller.User,
            Fence = Seat.Fence,
            First = output.Start,
            Last = output.End,
            FirstErrors = errors?.Start ?? 0,
            LastErrors = errors?.End ?? 0,
            Exit = exit,
            RecordingDigest = Ended.IsCompletedSuccessfully ? Recorder?.Digest : null,
        };
    }

    private static string NameOf(ViewerRole role) => role == ViewerRole.Write ? "write" : "read";

    private static string? NameOf(Viewer viewer) => viewer.Caller.User.Length == 0 ? null : viewer.Caller.User;

    private static string Shown(Viewer viewer) => viewer.Caller.User.Length == 0 ? "Another client" : viewer.Caller.User;

    private async Task<ExitFrame> KeepAsync()
    {
        var exit = EndCauses.FrameOf(await Terminal.Ended);
        Volatile.Write(ref _exit, exit);
        if (Recorder is not null)
            await Recorder.EndAsync(exit);
        await _told.Task;
        _changes.Add("ended", Id, exit, recordingDigest: Recorder?.Digest);
        return exit;
    }

    private void Resize(TerminalSize size)
    {
        if (size == Terminal.Size || Exit is not null)
            return;
        Terminal.Resize(size);
        Recorder?.Resize(size);
        Tell(new NoticeFrame("size", $"The terminal has {size.Columns} columns and {size.Rows} rows.") { Columns = size.Columns, Rows = size.Rows });
    }

    private void Announce(LifeNotice notice)
    {
        var why = notice.Kind switch
        {
            EndCause.Idle => "nothing was typed or printed",
            EndCause.Deadline => "the command may not run longer",
            _ => "it reaches its longest life",
        };
        Tell(new NoticeFrame(EndCauses.LabelOf(notice.Kind), $"The terminal ends in {notice.SecondsLeft} s: {why}.") { Seconds = notice.SecondsLeft });
    }

    private void TellCut(string reason) => Tell(new NoticeFrame("recording_cut", $"The recording of this session has ended, and the session goes on: {reason}."));

    private void CountViewers()
    {
        int count;
        lock (_gate)
        {
            count = _viewers.Length;
            Terminal.CountViewers(count);
        }

        _changes.Add("viewers", Id, viewers: count);
    }

    private void TellFree() => Tell(new NoticeFrame("free", "Nobody writes now.") { Fence = Seat.Fence });

    private void TellOthers(Viewer viewer, bool joined)
    {
        var others = Viewers;
        var notice = new NoticeFrame("viewer", $"{Shown(viewer)} {(joined ? "came" : "left")}.") { Viewers = others.Count, User = viewer.Caller.User, Joined = joined };
        foreach (var other in others)
        {
            if (other != viewer)
                other.Tell(notice);
        }
    }
}
