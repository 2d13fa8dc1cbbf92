namespace Bascule.Terminal;

/// <summary>What a viewer may do.</summary>
public enum ViewerRole
{
    /// <summary>Sees the output.</summary>
    Read,

    /// <summary>May have the seat of the writer, whose input and size count.</summary>
    Write,
}
