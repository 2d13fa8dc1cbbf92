using System.Text;
using Bascule.Protocol;

namespace Bascule.Diagnostics.Tests;

/// <summary>Whom a <see cref="Cutter"/> cuts.</summary>
public enum Cut
{
    Nobody,
    Silent,
    SilentWithClose,
    Pinging,
    AllButTalkers,
    Everybody,
}

/// <summary>An echo server that cuts connections when the test says so: what a hop with a timer does, without the timer.</summary>
internal sealed class Cutter : IAsyncDisposable
{
    // One for each of two silences, one that pings, one that talks.
    private const int Silences = 2;

    private readonly Cut _cut;
    private readonly string _field;
    private readonly Lock _gate = new();
    private readonly List<Line> _lines = [];
    private volatile bool _isOver;
    private int _returned;

    /// <param name="field">A field that every plain answer has; empty for one that tells nobody's name.</param>
    internal Cutter(Cut cut, string field)
    {
        (_cut, _field) = (cut, field);
        Server = SmallServer.Start(ServeAsync);
    }

    internal SmallServer Server { get; }

    /// <summary>What those get who come back after the cut, by how many came before; null for the same as everybody.</summary>
    internal Func<int, Asked, Task>? Returning { get; init; }

    /// <summary>The connections of the idle ladder are there, and the busy ones were heard.</summary>
    internal bool IsReady => Count(l => l is { Says: "", IsOver: false }) == Silences && Count(l => l.Says == "ping") == 1 && Count(l => l.Says == "text") == 1;

    /// <summary>Silent connections that the probe has ended, or that were cut and noticed.</summary>
    internal int SilentOver => Count(l => l is { Says: "", IsOver: true } && (l.IsCut || l.WasAsked));

    /// <summary>All that were cut are over on the probe's side too.</summary>
    internal bool AreCutsSeen => Count(l => l is { IsCut: true, IsOver: false }) == 0;

    internal async Task CutAsync()
    {
        List<Line> cut;
        _isOver = true;
        lock (_gate)
        {
            cut = [.. _lines.Where(l => !l.IsOver && (_cut == Cut.Everybody || (_cut == Cut.Pinging && l.Says == "ping") || (_cut == Cut.AllButTalkers && l.Says != "text") || (_cut is Cut.Silent or Cut.SilentWithClose && l.Says == "")))];
            cut.ForEach(l => l.IsCut = true);
        }

        foreach (var line in cut)
        {
            if (_cut == Cut.SilentWithClose)
                await line.Asked.Peer.SendAsync(RawFrame.Close(CloseCodes.GoingAway, "idle"), line.Asked.Stop);
            else
                line.Asked.Peer.HalfClose();
        }
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private int Count(Func<Line, bool> fits)
    {
        lock (_gate)
            return _lines.Count(fits);
    }

    private async Task ServeAsync(Asked asked)
    {
        if (!asked.IsUpgrade)
        {
            await asked.AnswerAsync($"200 OK\r\n{(_field.Length == 0 ? "Server: small" : _field)}");
            return;
        }

        if (_isOver && Returning is { } returning)
        {
            await returning(Interlocked.Increment(ref _returned) - 1, asked);
            return;
        }

        var line = new Line(asked);
        // Only the upgrade as pages send it is done again for the ladder; its variants say nothing and would look silent.
        if (asked.Origin is not null && asked.Head.Path == "/ws")
        {
            lock (_gate)
                _lines.Add(line);
        }

        await asked.Peer.SendAsync(asked.Accept(), asked.Stop);
        while ((await asked.Peer.ReadAsync(asked.Stop)).Frame is { } frame)
            await AnswerAsync(line, frame);
        lock (_gate)
            line.IsOver = true;
    }

    private async Task AnswerAsync(Line line, FrameSeen frame)
    {
        lock (_gate)
        {
            if (Encoding.UTF8.GetString(frame.Payload) == "still there")
                line.WasAsked = true;
            else if (line.Says.Length == 0)
                line.Says = Encoding.UTF8.GetString(frame.Payload).EndsWith("idle", StringComparison.Ordinal) ? frame.Opcode == (int)Opcode.Ping ? "ping" : "text" : "other";
        }

        if (frame.Opcode == (int)Opcode.Ping)
            await line.Asked.Peer.SendAsync(RawFrame.Pong(frame.Payload), line.Asked.Stop);
        else if (frame.Opcode == (int)Opcode.Close)
            await line.Asked.Peer.SendAsync(RawFrame.Close(frame.Payload), line.Asked.Stop);
        else
            await line.Asked.Peer.SendAsync(new RawFrame(frame.Opcode, frame.Payload) { Final = frame.Final }, line.Asked.Stop);
    }

    private sealed class Line(Asked asked)
    {
        internal Asked Asked => asked;

        internal string Says { get; set; } = "";

        internal bool IsCut { get; set; }

        internal bool IsOver { get; set; }

        /// <summary>The probe asked at the end whether it lives; what opens and ends at once is no part of the idle ladder.</summary>
        internal bool WasAsked { get; set; }
    }
}
