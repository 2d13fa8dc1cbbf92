namespace Bascule.Backends;

/// <summary>One node after the other, each as often as its share says, the turns of a heavy one spread out. A node that cannot take is passed over.</summary>
/// <remarks>Start-time fair queueing (Goyal, Vin, Cheng, 1996): the turns of a node are 1/share apart on a clock that stands at the last turn. A node that comes back
/// begins at the clock, so that it does not make up for the turns that it missed.</remarks>
internal sealed class RoundRobin : IBalancer
{
    private readonly IReadOnlyList<Node> _nodes;
    private readonly double[] _lastTurns;
    private double _clock;

    internal RoundRobin(IReadOnlyList<Node> nodes)
    {
        _nodes = nodes;
        _lastTurns = new double[nodes.Count];
        Array.Fill(_lastTurns, double.NegativeInfinity);
    }

    public Node? PickFree(in SlotRequest request, ulong keyHash)
    {
        var first = Turn.None;
        for (var at = 0; at < _nodes.Count; at++)
        {
            if (_nodes[at].HasFreeSlot && !request.Avoids(_nodes[at]))
                first = Earlier(first, at);
        }

        return Take(first);
    }

    /// <summary>The next node in this condition, whether it has a free slot or not.</summary>
    internal Node? Pick(NodeCondition condition)
    {
        var first = Turn.None;
        for (var at = 0; at < _nodes.Count; at++)
        {
            if (_nodes[at].State.Condition == condition)
                first = Earlier(first, at);
        }

        return Take(first);
    }

    private Turn Earlier(Turn first, int at)
    {
        var time = Math.Max(_clock, _lastTurns[at] + (1 / _nodes[at].Share));
        return time < first.Time ? new Turn(at, time) : first;
    }

    private Node? Take(Turn turn)
    {
        if (turn == Turn.None)
            return null;
        _clock = turn.Time;
        _lastTurns[turn.At] = turn.Time;
        return _nodes[turn.At];
    }

    private readonly record struct Turn(int At, double Time)
    {
        internal static readonly Turn None = new(-1, double.PositiveInfinity);
    }
}
