using System.Buffers;

namespace Bascule.Terminal;

/// <summary>Takes out of old output what a terminal would answer: the answers would arrive as if they had been typed. And what it would do a second time to the user's clipboard.</summary>
internal sealed class QueryFilter : IVtListener
{
    private const byte Enquiry = 0x05;

    /// <summary>Ends whatever is not whole, and is nothing by itself.</summary>
    private static readonly byte[] EndOfText = "\e\\"u8.ToArray();

    private readonly List<(int Start, int End, byte[] Instead)> _dropped = [];

    /// <param name="output">Begins and ends where no sequence is cut.</param>
    internal static byte[] Strip(ReadOnlySpan<byte> output)
    {
        var filter = new QueryFilter();
        new VtParser(filter).Feed(output);
        return filter.Rest(output);
    }

    public void OnSequence(in VtSequence sequence)
    {
        // The terminator of a string that was dropped goes with it.
        var isAfterDropped = _dropped.Count > 0 && _dropped[^1].End == sequence.Start;
        if ((isAfterDropped && sequence is { Kind: VtKind.Escape, Intermediate: 0, Final: (byte)'\\' }) || IsQuery(sequence))
            _dropped.Add(((int)sequence.Start, (int)sequence.End, Instead(sequence, isAfterDropped)));
    }

    /// <summary>What was before and what comes after must not grow together into something new.</summary>
    private static byte[] Instead(in VtSequence sequence, bool isAfterDropped) =>
        sequence.Kind == VtKind.Control ? [0] : sequence.Interrupts && !isAfterDropped ? EndOfText : [];

    private static bool IsQuery(in VtSequence sequence) => sequence.Kind switch
    {
        VtKind.Control => sequence.Final == Enquiry,
        // DECID.
        VtKind.Escape => sequence is { Intermediate: 0, Final: (byte)'Z' },
        VtKind.Csi => IsCsiQuery(sequence),
        // DECRQSS and XTGETTCAP.
        VtKind.Dcs => sequence is { Prefix: 0, Intermediate: (byte)'$' or (byte)'+', Final: (byte)'q' },
        VtKind.Osc => IsOscQuery(sequence.Text, sequence.FirstNumber),
        _ => false,
    };

    private static bool IsCsiQuery(in VtSequence csi) => ((char)csi.Prefix, (char)csi.Intermediate, (char)csi.Final) switch
    {
        // DA1, DA2, DA3; DSR with and without a question mark; DECREQTPARM.
        ('\0' or '>' or '=', '\0', 'c') or ('\0' or '?', '\0', 'n') or ('\0', '\0', 'x') => true,
        // XTVERSION; modes (DECRQM); keyboard flags; sizes of graphics.
        ('>', '\0', 'q') or ('\0' or '?', '$', 'p') or ('?', '\0', 'u') or ('?', '\0', 'S') => true,
        // Checksums (DECRQCRA), presentation state (DECRQPSR), preferred supplemental set, displayed extent.
        (_, '*', 'y') or (_, '$', 'w') or (_, '&', 'u') or (_, '"', 'v') => true,
        // Window reports of XTWINOPS.
        ('\0', '\0', 't') => csi.FirstNumber is 11 or (>= 13 and <= 21),
        _ => false,
    };

    /// <summary>Colours (4, 5, 10 to 19, 21) are asked for with a question mark in the place of a value. 52 is the clipboard: nothing of it is repeated.</summary>
    private static bool IsOscQuery(ReadOnlySpan<byte> text, int number)
    {
        if (number == 52)
            return true;
        if (number is not (4 or 5 or (>= 10 and <= 19) or 21 or 1337))
            return false;
        foreach (var part in text.Split((byte)';'))
            if (text[part].EndsWith("?"u8) || text[part].StartsWith("Report"u8))
                return true;
        return false;
    }

    private byte[] Rest(ReadOnlySpan<byte> output)
    {
        var rest = new ArrayBufferWriter<byte>(Math.Max(output.Length, 1));
        var next = 0;
        // A control in the middle of a sequence was told before the sequence, and lies in it.
        foreach (var (start, end, instead) in _dropped.OrderBy(d => d.Start))
        {
            if (start >= next)
            {
                rest.Write(output[next..start]);
                rest.Write(instead);
            }

            next = Math.Max(next, end);
        }

        rest.Write(output[next..]);
        return rest.WrittenSpan.ToArray();
    }
}
