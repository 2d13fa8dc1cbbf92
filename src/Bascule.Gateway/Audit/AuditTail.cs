using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Bascule.Gateway;

/// <summary>Reads lines of a file from its end.</summary>
internal static class AuditTail
{
    private const int BlockBytes = 64 * 1024;

    /// <summary>No entry of ours is so long: what has no line break for so long is somebody else's, and is passed over.</summary>
    private const int LongestLine = 256 * 1024;

    /// <summary>The lines between two places, the last one first. The first may be cut off at <paramref name="start"/>.</summary>
    internal static IEnumerable<string> Lines(SafeFileHandle file, long start, long end)
    {
        var block = new byte[BlockBytes];
        byte[] open = [];
        while (end > start)
        {
            var from = Math.Max(start, end - block.Length);
            var got = RandomAccess.Read(file, block.AsSpan(0, (int)(end - from)), from);
            byte[] text = [.. block.AsSpan(0, got), .. open.Length > LongestLine ? [] : open];
            var till = text.Length;
            while (till > 0 && Array.LastIndexOf(text, (byte)'\n', till - 1) is >= 0 and var lineBreak)
            {
                if (lineBreak + 1 < till)
                    yield return Encoding.UTF8.GetString(text, lineBreak + 1, till - lineBreak - 1);
                till = lineBreak;
            }

            open = text[..till];
            end = from;
        }

        if (open.Length > 0)
            yield return Encoding.UTF8.GetString(open);
    }
}
