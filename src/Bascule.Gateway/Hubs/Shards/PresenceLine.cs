using Bascule.Hub;

namespace Bascule.Gateway;

/// <summary>The shard's end of what it and its gateway tell each other of presence. What happens within a moment goes in one frame, however many clients come at once.</summary>
public sealed class PresenceLine : IPresenceDesk, IDisposable
{
    /// <summary>How long changes are gathered: far less than the second after which they are told.</summary>
    public static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);

    /// <summary>In one frame: 20,000 in a second, so that no storm of clients fills the line. The rest follows.</summary>
    public const int MostChanges = 2000;

    /// <summary>Far below what a frame may hold, however long the names are.</summary>
    private const int MostChars = 256 * 1024;

    private readonly Action<PresenceNote> _say;
    private readonly ITimer _timer;
    private readonly Dictionary<(string Topic, string? User), int> _changes = [];

    /// <summary>By topic: whether somebody asks, or nobody wants to know any more.</summary>
    private readonly Dictionary<string, bool> _questions = new(StringComparer.Ordinal);
    private bool _isArmed;
    private bool _isOver;

    /// <param name="say">Puts the note on the line, without waiting.</param>
    public PresenceLine(HubServing serving, Action<PresenceNote> say, TimeProvider time)
    {
        _say = say;
        _timer = time.CreateTimer(static line => ((PresenceLine)line!).Flush(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Table = serving.PresenceAt(_ => this);
    }

    /// <summary>Of the clients that came over this line.</summary>
    public PresenceTable Table { get; }

    /// <inheritdoc />
    public Lock Gate { get; } = new();

    /// <inheritdoc />
    public void Change(string topic, string? user, int connections)
    {
        if (_isOver)
            return;
        var sum = _changes.GetValueOrDefault((topic, user)) + connections;
        if (sum == 0)
            _changes.Remove((topic, user));
        else
            _changes[(topic, user)] = sum;
        Arm();
    }

    /// <inheritdoc />
    public void Watch(string topic) => Ask(topic, isWatched: true);

    /// <inheritdoc />
    public void Unwatch(string topic) => Ask(topic, isWatched: false);

    /// <summary>The line is over: nothing more is said.</summary>
    public void Dispose()
    {
        lock (Gate)
        {
            _isOver = true;
            _changes.Clear();
            _questions.Clear();
        }

        _timer.Dispose();
    }

    private void Ask(string topic, bool isWatched)
    {
        if (_isOver)
            return;
        _questions[topic] = isWatched;
        Arm();
    }

    private void Arm()
    {
        if (_isArmed)
            return;
        _isArmed = true;
        _timer.Change(Moment, Timeout.InfiniteTimeSpan);
    }

    private void Flush()
    {
        lock (Gate)
        {
            _isArmed = false;
            var chars = 0;
            List<PresenceDelta> changes = [];
            foreach (var ((topic, user), connections) in _changes)
            {
                if (changes.Count == MostChanges || chars > MostChars)
                    break;
                changes.Add(new PresenceDelta(topic, user, connections));
                chars += topic.Length + (user?.Length ?? 0);
                _changes.Remove((topic, user));
            }

            List<string> watch = [], unwatch = [];
            foreach (var (topic, isWatched) in _questions)
            {
                if (watch.Count + unwatch.Count == MostChanges)
                    break;
                (isWatched ? watch : unwatch).Add(topic);
                _questions.Remove(topic);
            }

            if (changes.Count + watch.Count + unwatch.Count > 0)
                _say(new PresenceNote(changes, watch, unwatch));
            if (_changes.Count + _questions.Count > 0)
                Arm();
        }
    }
}
