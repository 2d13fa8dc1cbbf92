using Bascule.Settings;

namespace Bascule.Admission;

/// <summary>So many in a unit of time, and so many at once.</summary>
/// <remarks>Orders by generosity: the more in a second, then the more at once.</remarks>
public readonly record struct Rate(int Count, TimeSpan Per, int Burst) : IComparable<Rate>
{
    /// <summary>Time that one of them costs.</summary>
    internal long IntervalTicks => Math.Max(1, Per.Ticks / Count);

    /// <param name="text"><c>20/s</c>, <c>600/m</c> or <c>1000/h</c>.</param>
    /// <param name="burst">So many may come at once; null: the number before the slash.</param>
    public static bool TryParse(string text, int? burst, out Rate rate)
    {
        rate = default;
        if (!RateText.TryParse(text, out var count, out var per) || burst is < 1 or > RateText.MaxCount)
            return false;
        rate = new Rate(count, per, burst ?? count);
        return true;
    }

    /// <exception cref="ArgumentException">The text is no rate: the rules of the settings let none pass.</exception>
    public static Rate Of(RateSettings settings) =>
        TryParse(settings.Rate, settings.Burst, out var rate) ? rate : throw new ArgumentException($"\"{settings.Rate}\" is no rate; write 20/s, 600/m or 1000/h.", nameof(settings));

    public int CompareTo(Rate other)
    {
        var perSecond = (Count / Per.TotalSeconds).CompareTo(other.Count / other.Per.TotalSeconds);
        return perSecond != 0 ? perSecond : Burst.CompareTo(other.Burst);
    }

    public static bool operator <(Rate left, Rate right) => left.CompareTo(right) < 0;

    public static bool operator >(Rate left, Rate right) => left.CompareTo(right) > 0;

    public static bool operator <=(Rate left, Rate right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Rate left, Rate right) => left.CompareTo(right) >= 0;

    /// <summary>As in <c>20/s, 40 at once</c>.</summary>
    public override string ToString()
    {
        var unit = Per == TimeSpan.FromSeconds(1) ? "s" : Per == TimeSpan.FromMinutes(1) ? "m" : "h";
        return Burst == Count ? $"{Count}/{unit}" : $"{Count}/{unit}, {Burst} at once";
    }
}
