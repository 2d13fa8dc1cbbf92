namespace Bascule.Diagnostics;

/// <summary>How much a finding matters; the gravest first.</summary>
public enum Severity
{
    /// <summary>The handshake fails, or every connection is cut under ordinary use.</summary>
    Error,

    /// <summary>Breaks under a common condition: an idle tab, a second instance, a reload, load.</summary>
    Warning,

    /// <summary>A limit, or something worth knowing.</summary>
    Info,
}
