using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>One order being carried out: asks the connections that fit to leave, at its pace, and never more than find room elsewhere.</summary>
public sealed class Drain
{
    /// <summary>Twenty looks a second: fine enough to be smooth, coarse enough to cost nothing.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly DrainOrder _order;
    private readonly OpenConnections _open;
    private readonly DrainRoom? _room;
    private readonly TimeSpan _comeBackWithin;
    private readonly TimeProvider _time;
    private readonly Pace _pace;
    private readonly long _startedAt;
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _told;
    private int _remaining;
    private DrainState _state = DrainState.Moving;

    internal Drain(string id, DrainOrder order, OpenConnections open, DrainRoom? room, TimeSpan comeBackWithin, TimeProvider time)
    {
        Id = id;
        _order = order;
        _open = open;
        _room = room;
        _comeBackWithin = comeBackWithin;
        _time = time;
        _pace = new Pace(order.PerSecond, time);
        StartedAt = time.GetUtcNow();
        _startedAt = time.GetTimestamp();
        _remaining = Fitting().Count;
    }

    public string Id { get; }

    public DateTimeOffset StartedAt { get; }

    public bool IsOver => State is DrainState.Done or DrainState.Cancelled;

    public DrainOrder Order => _order;

    public DrainProgress Progress => new(
        Id, _order.What, _order.Reason.Label, _order.By, _order.Why, StartedAt, _order.PerSecond, State, _told, Volatile.Read(ref _remaining), Estimate());

    /// <summary>Who cancels it sees it cancelled, though its next step is still to come.</summary>
    private DrainState State => _state != DrainState.Done && _cancelled.Task.IsCompleted ? DrainState.Cancelled : _state;

    /// <summary>Ends it where it is; what was told is told. Twice is once.</summary>
    public void Cancel() => _cancelled.TrySetResult();

    internal async Task RunAsync()
    {
        while (!_cancelled.Task.IsCompleted)
        {
            var fitting = Fitting();
            Volatile.Write(ref _remaining, fitting.Count);
            var left = fitting.FindAll(connection => !connection.Told);
            var enough = _told >= _order.AtMost;
            if (fitting.Count == 0 || (enough && left.Count == fitting.Count))
            {
                _state = DrainState.Done;
                return;
            }

            _state = left.Count == 0 || enough ? DrainState.Leaving : Tell(left) ? DrainState.Moving : DrainState.WaitingForRoom;
            await Task.WhenAny(Task.Delay(Step, _time), _cancelled.Task);
        }
    }

    private List<OpenConnection> Fitting()
    {
        var fitting = _open.Select(_order.Selector);
        if (!_order.Newcomers)
            fitting.RemoveAll(connection => connection.Attempt.StartedAt > StartedAt);
        return fitting;
    }

    /// <summary>False when there is no room.</summary>
    private bool Tell(List<OpenConnection> left)
    {
        var paced = Math.Min(Math.Min(_pace.Available(), left.Count), (_order.AtMost ?? int.MaxValue) - _told);
        var count = _room is null ? paced : Math.Min(paced, _room.Free());
        // In no order: neighbours in the list came together, and would come back together.
        for (var i = 0; i < count; i++)
        {
            var pick = Random.Shared.Next(i, left.Count);
            (left[i], left[pick]) = (left[pick], left[i]);
            var ending = new Ending(_order.Reason, $"{_order.What}; ordered by {_order.By}");
            if (_order.OwnWords is { } own ? left[i].TryClose(ending, own.Code, own.Text) : left[i].TryTell(ending, _comeBackWithin * Random.Shared.NextDouble()))
                _told++;
        }

        _pace.Take(count);
        _room?.Told(count);
        return paced == 0 || count > 0;
    }

    private double? Estimate()
    {
        var left = Volatile.Read(ref _remaining);
        var elapsed = _time.GetElapsedTime(_startedAt).TotalSeconds;
        return IsOver || left == 0 ? 0 : _told == 0 || elapsed <= 0 || _state == DrainState.WaitingForRoom ? null : Math.Round(left * elapsed / _told, 1);
    }
}
