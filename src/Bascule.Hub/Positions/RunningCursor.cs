using System.Runtime.InteropServices;

namespace Bascule.Hub;

/// <summary>A cursor that moves. For one thread at a time.</summary>
internal sealed class RunningCursor
{
    private readonly List<Position> _positions;

    internal RunningCursor(Cursor from)
    {
        _positions = new List<Position>(from.Positions.Length);
        _positions.AddRange(from.Positions);
    }

    internal ReadOnlySpan<Position> Positions => CollectionsMarshal.AsSpan(_positions);

    internal long? OffsetOf(LogId log, int partition)
    {
        var index = PositionOrder.Find(Positions, log, partition);
        return index < 0 ? null : _positions[index].Offset;
    }

    internal bool Knows(LogId log) => PositionOrder.Knows(Positions, log);

    /// <summary>Up to the position; never back.</summary>
    internal void Raise(Position position)
    {
        if (position.Offset > (OffsetOf(position.Log, position.Partition) ?? -1))
            Set(position);
    }

    internal void Set(Position position)
    {
        var index = PositionOrder.Find(Positions, position.Log, position.Partition);
        if (index >= 0)
            _positions[index] = position;
        else
            _positions.Insert(~index, position);
    }

    internal void Become(ReadOnlySpan<Position> sorted)
    {
        _positions.Clear();
        _positions.AddRange(sorted);
    }

    internal Cursor ToCursor() => new(Positions);

    internal string ToText() => CursorText.Write(Positions);
}
