using Bascule.Settings;

namespace Bascule.Backends;

/// <summary>Decides the condition of each node from what its guards say, and the share of those that start slowly. The pool's lock guards it.</summary>
internal sealed class NodeJudge(Pool pool, TimeProvider time, Action<NodeChange> changed)
{
    /// <summary>A node that starts slowly has at least this part of its share: with nothing at all it could not begin.</summary>
    private const double LeastShare = 0.01;

    private PoolSettings _settings = pool.Settings;
    private BreakerRule _rule = BreakerRule.Of(pool.Settings.Breaker, time);

    /// <summary>Some node starts slowly, so that shares change with time: <see cref="Ramp"/> before they are used.</summary>
    internal bool IsRamping { get; private set; }

    internal void Follow(PoolSettings settings)
    {
        _settings = settings;
        _rule = BreakerRule.Of(settings.Breaker, time);
    }

    /// <summary>Brings condition and share of a node up to date.</summary>
    internal void Judge(Node node)
    {
        var old = node.State;
        var (condition, why) = ConditionOf(node);
        if (condition != old.Condition)
        {
            if (condition == NodeCondition.Up)
                StartSlowly(node);
            node.State = new NodeState(condition, why, time.GetUtcNow());
            changed(new NodeChange(pool, node, old, node.State));
        }
        else if (!string.Equals(why, old.Why, StringComparison.Ordinal))
        {
            node.State = old with { Why = why };
        }

        Share(node, time.GetTimestamp());
    }

    /// <summary>From now on the node gets its share little by little.</summary>
    internal void StartSlowly(Node node)
    {
        if (_settings.SlowStart <= TimeSpan.Zero)
            return;
        node.RampFrom = time.GetTimestamp();
        IsRamping = true;
    }

    /// <summary>Renews the shares of the nodes that start slowly.</summary>
    internal void Ramp(IReadOnlyList<Node> nodes)
    {
        var now = time.GetTimestamp();
        IsRamping = false;
        for (var at = 0; at < nodes.Count; at++)
        {
            if (nodes[at].RampFrom is not null)
                Share(nodes[at], now);
            IsRamping |= nodes[at].RampFrom is not null;
        }
    }

    internal void Count(Slot slot, in ConnectionVerdict verdict)
    {
        var node = slot.Node;
        var now = time.GetTimestamp();
        if (!Advance(slot, verdict, now))
            return;
        if (node.Breaker.Trial != slot)
        {
            if (node.Breaker.Count(slot, verdict, now, _rule) is { } why && MayEject(node))
                node.Breaker.Open(why, now, _settings.Breaker, time);
        }
        else if (node.Breaker.Try(verdict, now, _rule) is { } passed)
        {
            if (passed)
                node.Breaker.Close(now);
            else
                node.Breaker.OpenAgain(now, _settings.Breaker, time);
        }

        Judge(node);
    }

    /// <summary>Notes that a slot is back. A trial that said nothing leaves the place to the next one.</summary>
    internal static void Release(Slot slot)
    {
        if (slot.Stage is SlotStage.Dialing or SlotStage.Open)
            slot.Stage = SlotStage.Unknown;
        if (slot.Node.Breaker.Trial == slot)
            slot.Node.Breaker.HalfOpen();
    }

    /// <summary>Some node that the request does not avoid takes connections, or will as soon as the one that tries it has passed.</summary>
    internal static bool AnyMayServe(IReadOnlyList<Node> nodes, in SlotRequest request)
    {
        for (var at = 0; at < nodes.Count; at++)
        {
            if (nodes[at].State.Condition is NodeCondition.Up or NodeCondition.Trying && !request.Avoids(nodes[at]))
                return true;
        }

        return false;
    }

    /// <summary>When time alone changes a condition; <see cref="long.MaxValue"/> for never.</summary>
    internal long NextDue()
    {
        var next = long.MaxValue;
        foreach (var node in pool.Nodes)
            next = Math.Min(next, node.Breaker.DueAt);
        return next;
    }

    /// <summary>Does what time alone does: ejections end, trials have lived long enough.</summary>
    internal void PassTime()
    {
        var now = time.GetTimestamp();
        foreach (var node in pool.Nodes)
        {
            if (node.Breaker.DueAt > now)
                continue;
            if (node.Breaker.Position == BreakerPosition.Open)
                node.Breaker.HalfOpen();
            else
                node.Breaker.Close(now);
            Judge(node);
        }
    }

    private static (NodeCondition Condition, string? Why) ConditionOf(Node node)
    {
        if (node.Leaving is not null)
            return (NodeCondition.Draining, node.Leaving);
        if (node.IsDrained)
            return (NodeCondition.Draining, "an operator drains it");
        if (node.Weight == 0)
            return (NodeCondition.Draining, "its weight is 0");
        if (node.Away is { } away)
            return (NodeCondition.Failing, away);
        if (node.Checks.Fault is { } fault)
            return (NodeCondition.Failing, fault);
        return node.Breaker.Position switch
        {
            BreakerPosition.Open => (NodeCondition.Ejected, node.Breaker.Why),
            BreakerPosition.HalfOpen => (NodeCondition.Trying, node.Breaker.Why),
            _ => (NodeCondition.Up, null),
        };
    }

    private void Share(Node node, long now)
    {
        var part = 1.0;
        if (node.RampFrom is { } from)
        {
            part = _settings.SlowStart > TimeSpan.Zero ? time.GetElapsedTime(from, now) / _settings.SlowStart : 1;
            if (part >= 1)
                node.RampFrom = null;
        }

        node.Share = node.Weight * Math.Clamp(part, LeastShare, 1);
    }

    /// <summary>Notes how far the connection came; false when that is known already.</summary>
    private bool Advance(Slot slot, in ConnectionVerdict verdict, long now)
    {
        if (slot.Stage is not (SlotStage.Dialing or SlotStage.Open) || (verdict.Fate == ConnectionFate.Opened && slot.Stage == SlotStage.Open))
            return false;
        if (verdict.Fate == ConnectionFate.Opened)
            slot.OpenedAt = now;
        slot.Stage = verdict.Fate switch
        {
            ConnectionFate.Opened => SlotStage.Open,
            ConnectionFate.ConnectFailed => SlotStage.EndedBadly,
            ConnectionFate.EndedBadly when slot.Stage == SlotStage.Dialing || now - slot.OpenedAt < _rule.EarlyDeath => SlotStage.EndedBadly,
            _ => SlotStage.EndedWell,
        };
        return true;
    }

    /// <summary>When all nodes fail, the fault is elsewhere: only a part of them is ejected, and never the last one that is up. A node that is alone is
    /// ejected all the same, so that attempts fail at once instead of one after the other.</summary>
    private bool MayEject(Node node)
    {
        var others = pool.Nodes.Where(other => other != node && other.State.Condition != NodeCondition.Draining).ToList();
        if (others.Count == 0)
            return true;
        var most = Math.Max(1, (others.Count + 1) * _settings.Breaker.MostEjected / 100);
        return others.Count(other => other.Breaker.Position != BreakerPosition.Closed) < most && others.Any(other => other.State.Condition == NodeCondition.Up);
    }
}
