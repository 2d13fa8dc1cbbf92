namespace Bascule.Load;

/// <summary>What kind of number a figure is: decides how it is read and written.</summary>
public enum FigureUnit
{
    Count,

    /// <summary>0 to 1, written in percent.</summary>
    Share,

    Nanoseconds,

    PerSecond,
}
