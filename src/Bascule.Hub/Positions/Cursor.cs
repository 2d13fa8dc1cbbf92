using System.Diagnostics.CodeAnalysis;

namespace Bascule.Hub;

/// <summary>How much of a stream a client has seen: for each partition of each log that may feed it, the last offset. Opaque text to clients; the same on every shard.</summary>
public sealed class Cursor
{
    /// <summary>Longer text is refused. 4,096 characters hold about 500 partitions.</summary>
    public const int MostCharacters = 4096;

    private readonly Position[] _positions;
    private string? _text;

    private Cursor(Position[] sorted) => _positions = sorted;

    /// <summary>Nothing was seen of anything.</summary>
    public static Cursor Empty { get; } = new([]);

    /// <summary>Sorted by log, then partition.</summary>
    public IReadOnlyList<Position> Positions => _positions;

    /// <summary>False for whatever no shard has written: nothing is ever thrown.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Cursor? cursor)
    {
        cursor = null;
        return false;
    }

    /// <summary>Null when it says nothing about the partition.</summary>
    public long? OffsetOf(LogId log, int partition) => null;

    /// <summary>Whether it says something about any partition of the log.</summary>
    public bool Knows(LogId log) => false;

    /// <summary>The same, with this partition at this offset.</summary>
    public Cursor With(Position position) => this;

    /// <summary>Whether all that the other has seen was seen here, too.</summary>
    public bool Dominates(Cursor other) => false;

    public override string ToString() => _text ??= "";
}
