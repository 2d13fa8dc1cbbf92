using Bascule.Settings;

namespace Bascule.Backends;

internal enum BreakerPosition
{
    /// <summary>Connections pass, and are counted.</summary>
    Closed,

    /// <summary>The node is ejected until <see cref="Breaker.DueAt"/>.</summary>
    Open,

    /// <summary>One connection at a time tries the node.</summary>
    HalfOpen,
}

/// <summary>Judges a node by the connections that it gets. The pool's lock guards it. What counts, and why so: docs/decisions/breaker.md.</summary>
internal sealed class Breaker
{
    /// <summary>Young connections whose end is awaited at once, for each node. Further ones are not counted: a sample of this size says enough.</summary>
    private const int MaxYoung = 1024;

    // Connections that are not counted yet, in the order in which they were opened or failed to.
    private readonly Queue<Slot> _young = new();
    private readonly OutcomeWindow _window = new();
    private int _failedInRow;
    private int _badInOrder;
    private int _ejections;
    private long _closedAt = long.MinValue;
    private string _lastFault = "";

    internal BreakerPosition Position { get; private set; }

    /// <summary>The timestamp at which time alone changes the position; <see cref="long.MaxValue"/> for never.</summary>
    internal long DueAt { get; private set; } = long.MaxValue;

    /// <summary>The slot that tries the node now.</summary>
    internal Slot? Trial { get; private set; }

    /// <summary>Why it is not closed.</summary>
    internal string Why { get; private set; } = "";

    /// <summary>Counts a verdict on a connection. Returns why the node should be ejected, or null.</summary>
    internal string? Count(Slot slot, in ConnectionVerdict verdict, long now, BreakerRule rule)
    {
        if (Position != BreakerPosition.Closed)
            return null;
        switch (verdict.Fate)
        {
            case ConnectionFate.Opened:
                _failedInRow = 0;
                Await(slot);
                break;
            case ConnectionFate.ConnectFailed:
                Fail(verdict);
                Await(slot);
                break;
            case ConnectionFate.EndedWell:
                _failedInRow = 0;
                break;
            case ConnectionFate.EndedBadly when slot.OpenedAt < _closedAt:
                // It died of what the node was ejected for already; its heartbeat only noticed now.
                break;
            case ConnectionFate.EndedBadly when slot.Stage == SlotStage.EndedWell:
                // An old one broke: it counted as good when it was old enough, but many at once are a crash.
                Fail(verdict);
                break;
            default:
                _lastFault = verdict.Detail ?? "";
                break;
        }

        return Judge(now, rule);
    }

    /// <summary>Judges the connection that tries the node.</summary>
    /// <returns>True when the node has stood the test, false when it failed, null when that is not known yet.</returns>
    internal bool? Try(in ConnectionVerdict verdict, long now, BreakerRule rule)
    {
        switch (verdict.Fate)
        {
            case ConnectionFate.Opened when rule.EarlyDeath > 0:
                DueAt = now + rule.EarlyDeath;
                return null;
            case ConnectionFate.Opened or ConnectionFate.EndedWell:
                return true;
            default:
                _lastFault = verdict.Detail ?? "";
                return false;
        }
    }

    /// <summary>Ejects the node, longer each time in a row.</summary>
    internal void Open(string why, long now, BreakerSettings settings, TimeProvider time)
    {
        var doubled = settings.Ejection * Math.Pow(2, Math.Min(_ejections, 30));
        var ejection = doubled < settings.LongestEjection ? doubled : settings.LongestEjection;
        _ejections++;
        Position = BreakerPosition.Open;
        DueAt = time.Later(now, ejection);
        Trial = null;
        Why = $"ejected for {ejection.TotalSeconds:0.###} s: {why}";
        Forget();
    }

    /// <summary>The same after a trial that failed.</summary>
    internal void OpenAgain(long now, BreakerSettings settings, TimeProvider time) => Open($"the connection that tried it failed: {_lastFault}", now, settings, time);

    /// <summary>The ejection is over, or a trial ended without saying anything.</summary>
    internal void HalfOpen()
    {
        Position = BreakerPosition.HalfOpen;
        DueAt = long.MaxValue;
        Trial = null;
        Why = "its ejection is over; one connection tries it";
    }

    internal void Close(long now)
    {
        Position = BreakerPosition.Closed;
        DueAt = long.MaxValue;
        Trial = null;
        Why = "";
        _ejections = 0;
        _closedAt = now;
        Forget();
    }

    /// <summary>Takes note of a slot that is handed out.</summary>
    internal void Seat(Slot slot)
    {
        if (Position == BreakerPosition.HalfOpen)
            Trial = slot;
    }

    private void Fail(in ConnectionVerdict verdict)
    {
        _failedInRow++;
        _lastFault = verdict.Detail ?? "";
    }

    private void Await(Slot slot)
    {
        if (_young.Count < MaxYoung)
            _young.Enqueue(slot);
    }

    private string? Judge(long now, BreakerRule rule)
    {
        CountThoseWhoseFateIsKnown(now, rule);
        var settings = rule.Settings;
        var inRow = Math.Max(_failedInRow, _badInOrder);
        if (settings.Failures > 0 && inRow >= settings.Failures)
            return $"{inRow} {(inRow == 1 ? "connection" : "connections in a row")} failed, the last: {_lastFault}";
        if (settings.FailurePercent > 0 && _window.Count >= settings.Sample && _window.Failures * 100 >= settings.FailurePercent * _window.Count)
            return $"{_window.Failures} of the last {_window.Count} connections failed, the last: {_lastFault}";
        return null;
    }

    // In the order of opening: else quick deaths would overtake slow successes, and after a start, when nothing is old yet, all that is known would be deaths.
    private void CountThoseWhoseFateIsKnown(long now, BreakerRule rule)
    {
        while (_young.TryPeek(out var slot))
        {
            if (slot.Stage == SlotStage.Open && now - slot.OpenedAt < rule.EarlyDeath)
                return;
            _young.Dequeue();
            if (slot.Stage == SlotStage.Unknown)
                continue;
            var failed = slot.Stage == SlotStage.EndedBadly;
            _badInOrder = failed ? _badInOrder + 1 : 0;
            _window.Add(failed, rule.Settings.Sample);
        }
    }

    private void Forget()
    {
        _young.Clear();
        _window.Clear();
        _failedInRow = 0;
        _badInOrder = 0;
    }
}

/// <summary>The settings, with their times in the ticks of the pool's clock.</summary>
internal sealed record BreakerRule(BreakerSettings Settings, long EarlyDeath)
{
    internal static BreakerRule Of(BreakerSettings settings, TimeProvider time) => new(settings, time.Later(0, settings.EarlyDeath));
}
