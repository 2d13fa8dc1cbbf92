namespace Bascule.Terminal;

/// <summary>The modes that a terminal stays in until told otherwise, tracked from the output.</summary>
public sealed class TerminalModes
{
    public bool IsAlternateScreen => throw new NotImplementedException();

    /// <summary>As set by OSC 0 or 2; empty when none was.</summary>
    public string Title => throw new NotImplementedException();

    /// <summary>What brings any terminal into these modes. It moves the cursor.</summary>
    public byte[] Restore() => throw new NotImplementedException();
}
