namespace Bascule.Terminal;

/// <summary>How much of a session is written down.</summary>
public enum RecordingMode
{
    Off,

    /// <summary>Sizes, times and the end; nothing that was typed or shown.</summary>
    Metadata,

    Output,

    /// <summary>Output and input: passwords that were typed are in it.</summary>
    Input,
}
