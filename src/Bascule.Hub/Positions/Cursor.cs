using System.Diagnostics.CodeAnalysis;

namespace Bascule.Hub;

/// <summary>How much of a stream a client has seen: for each partition of each log that may feed it, the last offset. Opaque text to clients; the same on every shard.</summary>
public sealed class Cursor
{
    /// <summary>Longer text is refused. 4,096 characters hold about 500 partitions.</summary>
    public const int MostCharacters = 4096;

    private readonly Position[] _positions;

    internal Cursor(ReadOnlySpan<Position> sorted) => _positions = sorted.ToArray();

    /// <summary>Nothing was seen of anything.</summary>
    public static Cursor Empty { get; } = new([]);

    /// <summary>Sorted by log, then partition.</summary>
    public ReadOnlySpan<Position> Positions => _positions;

    /// <summary>False for whatever no shard has written: nothing is ever thrown.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Cursor? cursor)
    {
        cursor = text is { Length: <= MostCharacters } ? CursorText.Read(text) : null;
        return cursor is not null;
    }

    /// <summary>Null when it says nothing about the partition.</summary>
    public long? OffsetOf(LogId log, int partition)
    {
        var index = PositionOrder.Find(_positions, log, partition);
        return index < 0 ? null : _positions[index].Offset;
    }

    /// <summary>Whether it says something about any partition of the log.</summary>
    public bool Knows(LogId log) => PositionOrder.Knows(_positions, log);

    /// <summary>The same, with this partition at this offset.</summary>
    public Cursor With(Position position)
    {
        var changed = new RunningCursor(this);
        changed.Set(position);
        return changed.ToCursor();
    }

    /// <summary>Whether all that the other has seen was seen here, too.</summary>
    public bool Dominates(Cursor other)
    {
        foreach (var position in other._positions)
        {
            if (position.Offset > (OffsetOf(position.Log, position.Partition) ?? -1))
                return false;
        }

        return true;
    }

    public override string ToString() => CursorText.Write(_positions);
}
