using System.Text;
using Bascule.Model;

namespace Bascule.Relay;

/// <summary>One line of a head or of trailers, as a back end sends it.</summary>
internal static class FieldLine
{
    private const int PrintableBytes = 80;

    /// <summary>Takes a line that ends with LF, with or without CR before it (RFC 9112 §2.2).</summary>
    /// <returns>False while its end has not come.</returns>
    internal static bool TryTake(ReadOnlySpan<byte> input, out ReadOnlySpan<byte> line, out int taken)
    {
        var end = input.IndexOf((byte)'\n');
        taken = end + 1;
        line = end < 0 ? default : input[..end];
        if (line is [.., (byte)'\r'])
            line = line[..^1];
        return end >= 0;
    }

    /// <exception cref="ForwardEndedException">It is not a field, or holds what could end it early: folded lines are refused too (RFC 9112 §5.2).</exception>
    internal static void AddTo(HeaderList headers, ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        var name = colon < 0 ? "" : Encoding.Latin1.GetString(line[..colon]);
        var value = Encoding.Latin1.GetString(line[(colon + 1)..]).Trim(' ', '\t');
        if (!HeadWriter.IsToken(name) || !HeadWriter.IsValue(value))
            throw new ForwardEndedException(EndReasons.BackendGarbage, $"A line of the answer's head is no field: it begins `{Printable(HeadOf(line))}`.");
        headers.Add(name, value);
    }

    /// <summary>Fit for a log: short, ASCII, without control characters.</summary>
    internal static string Printable(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.ASCII.GetString(bytes[..Math.Min(bytes.Length, PrintableBytes)]);
        return string.Concat(text.Select(character => char.IsControl(character) ? '?' : character));
    }

    /// <summary>A value may be a secret, a name is none.</summary>
    private static ReadOnlySpan<byte> HeadOf(ReadOnlySpan<byte> line) => line.IndexOf((byte)':') is >= 0 and var colon ? line[..colon] : line[..Math.Min(line.Length, 20)];
}
