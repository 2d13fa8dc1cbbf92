namespace Bascule.Cli;

/// <summary>How a piece of text stands out. Colours are the terminal's own sixteen, so that they fit its background.</summary>
public enum Tone
{
    Plain,

    /// <summary>Headings and figures.</summary>
    Strong,

    /// <summary>What may be overlooked; plain without colours.</summary>
    Dim,

    Good,

    /// <summary>Bold without colours.</summary>
    Warning,

    /// <summary>Bold without colours.</summary>
    Bad,

    /// <summary>Keys and names; plain without colours.</summary>
    Accent,

    /// <summary>The selected row, and field of input.</summary>
    Reversed,
}

/// <summary>Tones as terminals take them (ECMA-48 SGR).</summary>
/// <param name="isColored">False under <c>NO_COLOR</c>: then only bold and reverse.</param>
internal sealed class Palette(bool isColored)
{
    internal const string Reset = "\e[0m";

    internal string Begin(Tone tone) => (tone, isColored) switch
    {
        (Tone.Plain, _) => "",
        (Tone.Strong, _) => "\e[1m",
        (Tone.Reversed, _) => "\e[7m",
        (Tone.Warning, true) => "\e[33m",
        (Tone.Bad, true) => "\e[1;31m",
        (Tone.Good, true) => "\e[32m",
        (Tone.Accent, true) => "\e[36m",
        (Tone.Dim, true) => "\e[2m",
        (Tone.Warning or Tone.Bad, false) => "\e[1m",
        _ => "",
    };
}
