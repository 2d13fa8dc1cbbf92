using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>How far back the journal reaches.</summary>
/// <param name="Since">Every attempt that ended after this is known.</param>
/// <param name="Forgetting">It is full, and older ones have been forgotten; else it reaches back to the start of the gateway.</param>
public readonly record struct JournalReach(DateTimeOffset Since, bool Forgetting);

/// <summary>Remembers open attempts always, and of the ended ones the latest, so that each can be explained.</summary>
public sealed class AttemptJournal
{
    private readonly Lock _gate = new();
    private readonly Dictionary<AttemptId, Attempt> _known = [];
    private readonly SharedTexts _texts = new();

    // A ring: _next is the place of the oldest once it is full.
    private readonly Attempt?[] _ended;
    private int _next;
    private int _endedCount;
    private JournalReach _reach;

    public AttemptJournal(JournalSettings settings, TimeProvider time)
    {
        _ended = new Attempt?[settings.Entries];
        _reach = new JournalReach(time.GetUtcNow(), Forgetting: false);
    }

    /// <summary>Attempts and connections that have not ended.</summary>
    public int OpenCount
    {
        get
        {
            lock (_gate)
                return _known.Count - _endedCount;
        }
    }

    /// <summary>All that can be found: open and ended.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _known.Count;
        }
    }

    public JournalReach Reach
    {
        get
        {
            lock (_gate)
                return _reach;
        }
    }

    /// <summary>Remembers an attempt that begins.</summary>
    /// <returns>False when its id is known already, because a client chose it twice: take a new random id and note the clash.</returns>
    public bool TryAdd(Attempt attempt)
    {
        attempt.ShareTexts(_texts);
        lock (_gate)
            return _known.TryAdd(attempt.Id, attempt);
    }

    /// <summary>Moves an attempt that has ended among the ended ones; the oldest of those is forgotten when there are too many. Twice is once.</summary>
    /// <exception cref="InvalidOperationException">The attempt has no end, or was never added.</exception>
    public void Close(Attempt attempt)
    {
        if (attempt.End is null)
            throw new InvalidOperationException($"Attempt {attempt.Id} was closed in the journal before it had an end. Call Finish first.");
        lock (_gate)
        {
            if (attempt.InRing)
                return;
            if (!_known.TryGetValue(attempt.Id, out var known) || known != attempt)
                throw new InvalidOperationException($"Attempt {attempt.Id} was closed in the journal but never added to it. Call TryAdd first.");
            attempt.InRing = true;
            if (_ended[_next] is { End: { } end } oldest)
            {
                _known.Remove(oldest.Id);
                _reach = new JournalReach(end.At, Forgetting: true);
            }
            else
                _endedCount++;
            _ended[_next] = attempt;
            _next = (_next + 1) % _ended.Length;
        }
    }

    public Attempt? Find(AttemptId id)
    {
        lock (_gate)
            return _known.GetValueOrDefault(id);
    }

    /// <summary>The attempts that ended last, newest first.</summary>
    /// <param name="refusedOnly">Only those that never became a connection.</param>
    public IReadOnlyList<Attempt> Latest(int count, bool refusedOnly)
    {
        var found = new List<Attempt>(Math.Min(count, 1000));
        lock (_gate)
        {
            for (var back = 1; back <= _endedCount && found.Count < count; back++)
            {
                var attempt = _ended[(_next - back + _ended.Length) % _ended.Length]!;
                if (!refusedOnly || !attempt.Connected)
                    found.Add(attempt);
            }
        }

        return found;
    }
}
