using System.Buffers.Text;

namespace Bascule.Terminal;

/// <summary>What a sequence of a terminal's output is.</summary>
internal enum VtKind
{
    /// <summary>One control character: <see cref="VtSequence.Final"/>.</summary>
    Control,
    Escape,
    Csi,
    Osc,
    Dcs,
}

/// <summary>One whole sequence.</summary>
internal readonly ref struct VtSequence
{
    internal required VtKind Kind { get; init; }

    /// <summary>Offset of its first byte. Its own terminator <c>ESC \</c> is a sequence after it.</summary>
    internal required long Start { get; init; }

    /// <summary>Offset behind its last byte.</summary>
    internal required long End { get; init; }

    /// <summary>Of CSI and DCS: one of <c>&lt;=&gt;?</c>, or 0.</summary>
    internal byte Prefix { get; init; }

    /// <summary>0: none; 255: several.</summary>
    internal byte Intermediate { get; init; }

    internal byte Final { get; init; }

    /// <summary>Parameters of CSI as they are written; text of OSC. Only its beginning when <see cref="IsCut"/>.</summary>
    internal ReadOnlySpan<byte> Text { get; init; }

    internal bool IsCut { get; init; }

    /// <summary>Its first byte ended something that was not whole: a text, another sequence, a character.</summary>
    internal bool Interrupts { get; init; }

    /// <summary>The number before the first separator, or 0.</summary>
    internal int FirstNumber => NumberIn(Text);

    internal bool Is(byte prefix, byte intermediate, byte final) => Prefix == prefix && Intermediate == intermediate && Final == final;

    /// <returns>0 where there is no number, or one that no terminal knows.</returns>
    internal static int NumberIn(ReadOnlySpan<byte> text) => Utf8Parser.TryParse(text, out int number, out _) && number > 0 ? number : 0;
}

/// <summary>Hears of sequences as they end.</summary>
internal interface IVtListener
{
    void OnSequence(in VtSequence sequence);
}
