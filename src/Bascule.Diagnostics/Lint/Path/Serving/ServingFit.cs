namespace Bascule.Diagnostics;

/// <summary>How sure it is that what stands at a place has to do with a URL; the surest last.</summary>
internal enum ServingFit
{
    /// <summary>Another block answers, or another product.</summary>
    No,

    /// <summary>No block listens on the port of the URL; a mapping of ports may still lead there.</summary>
    Guess,

    /// <summary>Nothing there says what it listens on.</summary>
    Untold,

    /// <summary>By port, name and path.</summary>
    Fits,
}
