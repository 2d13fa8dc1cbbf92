using System.Globalization;

namespace Bascule.Hub.Tests;

/// <summary>A client in a random history: reads in pieces, is cut, comes back with the last cursor that it saw, and knows in the end what it should have got.</summary>
internal sealed class Player(string name, Random random)
{
    private readonly Client _client = new();
    private readonly HashSet<Position> _got = [];
    private readonly List<Frame> _gaps = [];
    private readonly Dictionary<(LogId, int), long> _newest = [];
    private readonly List<string> _story = [];
    private HashSet<LogId>? _before;
    private Cursor? _start;
    private int _framesLookedAt;
    private int _toldBefore;
    private bool _waits;

    internal int Hub { get; private set; }

    internal bool IsIn { get; private set; }

    internal int Resumes { get; private set; }

    internal int Gaps => _gaps.Count;

    internal int Got => _got.Count;

    /// <summary>It reads only when it has to: a word that was lost would leave it behind for ever.</summary>
    private bool MayRead => IsIn && (!_waits || _client.Told != _toldBefore);

    /// <param name="over">Logs that are over: what was in them before its first subscribe is not for it.</param>
    internal void Join(TopicHub hub, int number, IReadOnlySet<LogId> over)
    {
        _before ??= [.. over];
        Resumes += _start is null ? 0 : 1;
        _client.Join(hub, name, _client.Cursor);
        _start ??= _client.Cursor;
        _story.Add($"join {number} [{Short(_client.Cursor!)}] {_client.Subscription.Resume.Kind}");
        (Hub, IsIn, _waits) = (number, true, false);
    }

    internal void Cut()
    {
        _story.Add("cut");
        _client.Subscription.Dispose();
        IsIn = false;
    }

    /// <summary>False when it had nothing to read.</summary>
    internal bool Read(int times)
    {
        var hasRead = false;
        for (; times > 0 && MayRead; times--)
        {
            _toldBefore = _client.Told;
            _waits = !_client.Read(random.Next(1, 5000), random.Next(1, 5000));
            hasRead |= !_waits;
            Look();
            if (_waits && _client.Subscription.TakeOverrun() is { MustClose: true })
                Cut();
        }

        return hasRead;
    }

    /// <summary>What it has not got of its stream since its first subscribe, and what is in no gap; null when that is nothing.</summary>
    internal SourceMessage? Missing(IEnumerable<SourceMessage> all) => all.FirstOrDefault(m =>
        TopicPattern.Fits(name, m.Topic)
        && !_before!.Contains(m.Position.Log)
        && m.Position.Offset > (_start!.OffsetOf(m.Position.Log, m.Position.Partition) ?? -1)
        && !_got.Contains(m.Position)
        && !_gaps.Exists(g => Covers(g, m.Position)));

    internal void Check(IEnumerable<SourceMessage> all)
    {
        if (Missing(all) is not { Position: var (log, partition, offset) } missing)
            return;
        Assert.Fail($"{name} never got {missing.Topic} {partition}:{offset} of {log}; cursor {_client.Cursor!.OffsetOf(log, partition)}, resumed {Resumes} times, gaps: "
            + string.Join(", ", _gaps.Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Reason} {g.From.OffsetOf(log, partition)}-{g.Cursor.OffsetOf(log, partition)}")))
            + $"; {Story()}");
    }

    private static string Short(Cursor cursor) => string.Join(' ', cursor.Positions.ToArray().Select(p => $"{p.Log.Value % 100}/{p.Partition}:{p.Offset}"));

    private static bool Covers(Frame gap, Position position) =>
        position.Offset > (gap.From.OffsetOf(position.Log, position.Partition) ?? -1)
        && position.Offset <= (gap.Cursor.OffsetOf(position.Log, position.Partition) ?? long.MaxValue);

    private string Story() => string.Join("; ", _story.TakeLast(40));

    private void Look()
    {
        foreach (var frame in _client.Frames.Skip(_framesLookedAt))
        {
            _framesLookedAt++;
            _story.Add($"{frame.Kind} {(frame.Kind == "message" ? $"{frame.Position.Partition}:{frame.Position.Offset}" : string.Join(' ', frame.Rest))} [{Short(frame.Cursor)}]");
            if (frame.Kind == "gap")
                _gaps.Add(frame);
            if (frame.Kind != "message")
                continue;
            var position = frame.Position;
            Assert.True(TopicPattern.Fits(name, frame.Topic));
            Assert.True(_got.Add(position), $"{name} got {position} twice, the last time after {Story()}");
            Assert.True(
                position.Offset > _newest.GetValueOrDefault((position.Log, position.Partition), -1),
                $"{name} got {position} out of order after {Story()}");
            _newest[(position.Log, position.Partition)] = position.Offset;
            Assert.True(frame.Cursor.OffsetOf(position.Log, position.Partition) >= position.Offset, $"{name} got {position} with a cursor of before it");
        }
    }
}
