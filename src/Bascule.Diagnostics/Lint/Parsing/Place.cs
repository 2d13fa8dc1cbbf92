using System.Globalization;

namespace Bascule.Diagnostics;

/// <summary>Where something stands: a path relative to what was linted, and a line and column from 1.</summary>
public readonly record struct Place(string File, int Line, int Column = 1) : IComparable<Place>
{
    public int CompareTo(Place other)
    {
        var file = string.CompareOrdinal(File, other.File);
        return file != 0 ? file : Line != other.Line ? Line.CompareTo(other.Line) : Column.CompareTo(other.Column);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}");

    public static bool operator <(Place left, Place right) => left.CompareTo(right) < 0;

    public static bool operator >(Place left, Place right) => left.CompareTo(right) > 0;

    public static bool operator <=(Place left, Place right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Place left, Place right) => left.CompareTo(right) >= 0;
}
