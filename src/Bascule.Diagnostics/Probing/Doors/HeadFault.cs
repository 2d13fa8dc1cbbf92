using System.Text;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>What is wrong with the head of an answer that began as HTTP and could not be read to its end.</summary>
internal static class HeadFault
{
    private const int MostShown = 40;

    private const byte Delete = 0x7F;

    /// <param name="came">What was read until then.</param>
    /// <param name="masked">Takes secrets out of a text, before it is cut.</param>
    /// <returns>Null when nothing came, or what came does not begin as HTTP/1 does.</returns>
    internal static string? Of(ReadOnlySpan<byte> came, Func<string, string> masked)
    {
        if (came.IsEmpty)
            return null;
        return ResponseHeadParser.TryParse(came, RawPeer.MaxHeadBytes, out _, out _) switch
        {
            HeadRead.NeedMore => "only a part of it came",
            HeadRead.TooLarge => $"it is larger than {RawPeer.MaxHeadBytes / 1024} KiB",
            HeadRead.Malformed when came.StartsWith("HTTP/1."u8) => OfLines(came, masked),
            _ => null,
        };
    }

    /// <summary>The first line that breaks the rules: the same reader judges each by itself.</summary>
    private static string OfLines(ReadOnlySpan<byte> came, Func<string, string> masked)
    {
        for (var number = 1; came.IndexOf((byte)'\n') is var end and >= 0; number++)
        {
            var line = came[..end];
            came = came[(end + 1)..];
            if (!line.EndsWith("\r"u8))
                return $"line {number} ends with a bare LF instead of CR LF";
            line = line[..^1];
            if (line.IsEmpty)
                break;
            if (number == 1 ? Reads([.. line, .. "\r\n\r\n"u8]) : Reads([.. "HTTP/1.1 200\r\n"u8, .. line, .. "\r\n\r\n"u8]))
                continue;
            return OfLine(line, number == 1 ? "the status line" : line.IndexOf((byte)':') is var colon and > 0 && HttpSyntax.IsToken(line[..colon]) ? $"the field {Shown(line[..colon], masked)}" : $"line {number}", masked);
        }

        return $"it cannot be read: {Shown(came, masked)}";
    }

    private static bool Reads(ReadOnlySpan<byte> head) => ResponseHeadParser.TryParse(head, RawPeer.MaxHeadBytes, out _, out _) == HeadRead.Complete;

    private static string OfLine(ReadOnlySpan<byte> line, string what, Func<string, string> masked)
    {
        foreach (var one in line)
        {
            if (one is < (byte)' ' and not (byte)'\t' or Delete)
                return $"{what} has the control byte 0x{one:x2} in it";
        }

        return $"{what} breaks the rules: {Shown(line, masked)}";
    }

    private static string Shown(ReadOnlySpan<byte> text, Func<string, string> masked)
    {
        var readable = new StringBuilder();
        foreach (var one in text)
            readable.Append(one is >= (byte)' ' and < Delete ? (char)one : '·');
        var shown = masked(readable.ToString());
        return shown.Length > MostShown ? $"{shown.AsSpan(0, MostShown)}…" : shown;
    }
}
