using System.Runtime.CompilerServices;
using Bascule.Backends;
using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>One attempt to connect and, if it became one, the connection: what the journal remembers of it.</summary>
/// <remarks>One owner writes; any thread may read. A reader never sees a torn value, but values may differ in age by a moment.
/// Every text is cut to a bound and has secrets masked as it is set.</remarks>
public sealed class Attempt
{
    /// <summary>Notes beyond this are dropped: evidence is a handful of facts, not a log.</summary>
    public const int MaxNotes = 16;

    private readonly TimeProvider _time;
    private string _host = "";
    private string? _userAgent;
    private string? _origin;
    private StageTicks _entered;
    private int _stage;
    private AttemptNote[]? _notes;
    private AttemptEnd? _end;

    /// <summary>Starts the clock of the attempt and enters <see cref="Stage.Listen"/>.</summary>
    public Attempt(AttemptId id, TimeProvider time)
    {
        _time = time;
        Id = id;
        StartedAt = time.GetUtcNow();
        StartedTimestamp = time.GetTimestamp();
        Enter(Stage.Listen);
    }

    public AttemptId Id { get; }

    public DateTimeOffset StartedAt { get; }

    public long StartedTimestamp { get; }

    public HttpKind Protocol { get; init; }

    public string Method { get; init => field = EvidenceText.Clean(value) ?? ""; } = "GET";

    public string Scheme { get; init => field = EvidenceText.Clean(value) ?? ""; } = "http";

    public string Host { get => _host; init => _host = EvidenceText.Clean(value) ?? ""; }

    /// <summary>Path and query; the gateway has masked the query.</summary>
    public string Path { get; init => field = EvidenceText.Clean(value) ?? ""; } = "";

    public string? UserAgent { get => _userAgent; init => _userAgent = EvidenceText.Clean(value); }

    public string? Origin { get => _origin; init => _origin = EvidenceText.Clean(value); }

    /// <summary>What a trusted proxy said of the scheme: <c>X-Forwarded-Proto</c> or <c>Forwarded</c>.</summary>
    public string? ForwardedProto { get; init => field = EvidenceText.Clean(value); }

    /// <summary>The true address of the client, as far as admission knows it by now.</summary>
    public string? ClientAddress { get; set => field = EvidenceText.Clean(value); }

    public string? Route { get; set => field = EvidenceText.Clean(value); }

    public string? Subject { get; set => field = EvidenceText.Clean(value); }

    public string? Pool { get; set => field = EvidenceText.Clean(value); }

    public string? Node { get; set => field = EvidenceText.Clean(value); }

    public string? Subprotocol { get; set => field = EvidenceText.Clean(value); }

    /// <summary>Counts of an open connection, asked when somebody reads; let go at the end. Must be safe to call from any thread.</summary>
    public Func<LiveCounts>? Live { get; set; }

    /// <summary>Its place in the queue, asked when somebody reads while it waits for a slot. Must be safe to call from any thread.</summary>
    public Func<QueuePlace?>? Waiting { get; set; }

    /// <summary>The stage entered last.</summary>
    public Stage Stage => (Stage)Volatile.Read(ref _stage);

    /// <summary>The stage that it got to, leaving closing aside: where it was refused, or broke.</summary>
    public Stage DecidedIn
    {
        get
        {
            var stage = Stage.Relay;
            while (stage > Stage.Listen && EnteredAfter(stage) is null)
                stage--;
            return stage;
        }
    }

    /// <summary>Why and how it ended; null while it is open.</summary>
    public AttemptEnd? End => Volatile.Read(ref _end);

    /// <summary>Whether it got as far as <see cref="Stage.Relay"/>: a connection, not just an attempt.</summary>
    public bool Connected => EnteredAfter(Stage.Relay) is not null;

    public IReadOnlyList<AttemptNote> Notes => Volatile.Read(ref _notes) ?? [];

    /// <summary>From the start until the end, or until now.</summary>
    public TimeSpan Lasted => End?.After ?? _time.GetElapsedTime(StartedTimestamp);

    /// <summary>The final counts, or those of this moment.</summary>
    public LiveCounts Counts
    {
        get
        {
            // Live first: it is let go after the end is set.
            var live = Live;
            return End?.Counts ?? live?.Invoke() ?? default;
        }
    }

    /// <summary>The journal has it among the ended ones; guarded by the journal's lock.</summary>
    internal bool InRing { get; set; }

    /// <summary>Notes the time of entering a stage. Entered again (another node is tried), the first time stands.</summary>
    public void Enter(Stage stage)
    {
        // Kept one tick late, so that 0 says "never entered".
        if (_entered[(int)stage] == 0)
            Volatile.Write(ref _entered[(int)stage], Math.Max(0, _time.GetElapsedTime(StartedTimestamp).Ticks) + 1);
        Volatile.Write(ref _stage, (int)stage);
    }

    /// <summary>Time from the start until the stage was entered; null when it never was.</summary>
    public TimeSpan? EnteredAfter(Stage stage) =>
        Volatile.Read(ref _entered[(int)stage]) is > 0 and var ticks ? TimeSpan.FromTicks(ticks - 1) : null;

    /// <summary>Time from the start until the next stage was entered, up to the relay; null when none was, and the attempt ended in this one.</summary>
    public TimeSpan? LeftAfter(Stage stage)
    {
        var next = stage + 1;
        while (next < Stage.Relay && EnteredAfter(next) is null)
            next++;
        return EnteredAfter(next);
    }

    /// <summary>Adds evidence, for example <c>backend status</c> = <c>200 OK</c>. The same name again replaces its value.</summary>
    public void Note(string name, string value, NoteReader reader = NoteReader.Everyone)
    {
        var note = new AttemptNote(name, EvidenceText.Clean(value) ?? "", reader);
        var notes = _notes ?? [];
        var place = Array.FindIndex(notes, n => n.Name.Equals(name, StringComparison.Ordinal));
        if (place < 0 && notes.Length == MaxNotes)
            return;
        // A new array each time: readers keep the one they have.
        AttemptNote[] changed = place < 0 ? [.. notes, note] : [.. notes];
        changed[place < 0 ? ^1 : place] = note;
        Volatile.Write(ref _notes, changed);
    }

    /// <summary>Sets the end, once: a later call changes nothing and returns false.</summary>
    /// <param name="closeCode">The code that the client got; 0 when it got no close frame.</param>
    /// <param name="closeReason">The text of that close frame, or null.</param>
    public bool Finish(Ending ending, int closeCode, string? closeReason, in LiveCounts counts = default)
    {
        var cleaned = ending with { Detail = EvidenceText.Clean(ending.Detail) };
        var end = new AttemptEnd(cleaned, _time.GetUtcNow(), _time.GetElapsedTime(StartedTimestamp), closeCode, EvidenceText.Clean(closeReason), counts);
        if (Interlocked.CompareExchange(ref _end, end, null) is not null)
            return false;
        Live = null;
        Waiting = null;
        return true;
    }

    /// <summary>Replaces texts that many clients send alike by one shared copy: a browser's user agent is as large as all the rest.</summary>
    internal void ShareTexts(SharedTexts texts)
    {
        _host = texts.Share(_host);
        _userAgent = _userAgent is null ? null : texts.Share(_userAgent);
        _origin = _origin is null ? null : texts.Share(_origin);
    }

    [InlineArray(8)]
    private struct StageTicks
    {
        private long _first;
    }
}
