using System.Globalization;

namespace Bascule.Diagnostics;

/// <summary>Reads the files in which Linux tells of itself, below one folder. What is missing, or may not be read, is null or empty.</summary>
internal sealed class HostTree(string root)
{
    // /proc/net/tcp has a line of 150 bytes for each socket.
    private const int MostLines = 1_000_000;

    /// <summary>What Linux writes where there is no limit.</summary>
    internal const long Unlimited = long.MaxValue;

    internal bool IsLinux => Directory.Exists(At("proc/self")) || Directory.Exists(At("proc/sys"));

    internal bool Exists(string path) => File.Exists(At(path)) || Directory.Exists(At(path));

    internal IEnumerable<string> Lines(string path)
    {
        IEnumerator<string> lines;
        try
        {
            lines = File.ReadLines(At(path)).Take(MostLines).GetEnumerator();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            yield break;
        }

        using (lines)
        {
            while (Next(lines))
                yield return lines.Current;
        }
    }

    internal string? First(string path) => Lines(path).FirstOrDefault()?.Trim();

    internal long? Number(string path) => First(path) is { } text ? NumberOf(text) : null;

    /// <summary>The numbers of the first line.</summary>
    internal IReadOnlyList<long> Numbers(string path) => [.. Words(First(path)).Select(NumberOf).OfType<long>()];

    /// <summary>The number after a word at the start of a line: <c>oom_kill 3</c>, <c>MemAvailable: 17 kB</c>.</summary>
    internal long? Named(string path, string name) =>
        Lines(path).Select(Words).Where(w => w.Length > 1 && w[0].TrimEnd(':') == name).Select(w => NumberOf(w[1])).FirstOrDefault();

    /// <summary>A number of a table that has a line of names and below it a line of values: <c>/proc/net/netstat</c>.</summary>
    internal long? InTable(string path, string table, string name)
    {
        var rows = Lines(path).Where(l => l.StartsWith(table + ":", StringComparison.Ordinal)).Take(2).Select(Words).ToList();
        if (rows.Count < 2)
            return null;
        var column = Array.IndexOf(rows[0], name);
        return column >= 0 && column < rows[1].Length ? NumberOf(rows[1][column]) : null;
    }

    /// <summary>The number behind a word within a line: <c>TCP: inuse 5 orphan 0 tw 15</c>.</summary>
    internal long? Within(string path, string line, string name)
    {
        var words = Lines(path).Select(Words).FirstOrDefault(w => w.Length > 0 && w[0] == line + ":");
        var at = words is null ? -1 : Array.IndexOf(words, name);
        return at >= 0 && at + 1 < words!.Length ? NumberOf(words[at + 1]) : null;
    }

    /// <summary>Entries of a folder; for links the text that they lead to.</summary>
    internal IReadOnlyList<string>? Entries(string folder)
    {
        try
        {
            return [.. new DirectoryInfo(At(folder)).EnumerateFileSystemInfos().Select(e => e.LinkTarget ?? e.Name)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    internal static string[] Words(string? line) => line?.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>The kernel counts up to 2^64 in places; what is larger than ours is no limit.</summary>
    internal static long? NumberOf(string text) =>
        text is "max" or "unlimited" or "-1" ? Unlimited
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? Unlimited
        : null;

    private static bool Next(IEnumerator<string> lines)
    {
        try
        {
            return lines.MoveNext();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Files of /proc may vanish, or refuse, while they are read.
            return false;
        }
    }

    private string At(string path) => Path.Combine(root, path);
}
