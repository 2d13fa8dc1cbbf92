using System.Text;

namespace Bascule.Gateway;

/// <summary>Reads what a child writes, line by line. A line has an end here, even if the child's has none.</summary>
internal static class ChildLines
{
    private const int MostCharacters = 16 * 1024;

    /// <summary>Until the last process that has the other end closes it, or the token fires.</summary>
    internal static async Task ReadAsync(Stream from, Action<string> said, CancellationToken cancellation)
    {
        using var reader = new StreamReader(from, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        var block = new char[4096];
        var line = new StringBuilder();
        try
        {
            while (await reader.ReadAsync(block, cancellation) is > 0 and var count)
                Take(block.AsSpan(0, count), line, said);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // It is over, and a process of the child's own holds the other end.
        }

        Say(line, said);
    }

    private static void Take(ReadOnlySpan<char> block, StringBuilder line, Action<string> said)
    {
        foreach (var character in block)
        {
            if (character == '\n' || line.Length == MostCharacters)
                Say(line, said);
            if (character is not ('\n' or '\r'))
                line.Append(character);
        }
    }

    private static void Say(StringBuilder line, Action<string> said)
    {
        if (line.Length > 0)
            said(line.ToString());
        line.Clear();
    }
}
