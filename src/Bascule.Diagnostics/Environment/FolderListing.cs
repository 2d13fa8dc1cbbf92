namespace Bascule.Diagnostics;

/// <summary>Lists a folder, not deep and not long: to see what is where, not what is in it.</summary>
internal static class FolderListing
{
    private const int Depth = 2;
    private const int MostEntries = 500;

    internal static FolderSeen Read(string folder)
    {
        var entries = new List<EntrySeen>();
        string? problem = null;
        var isWhole = true;
        Walk(new DirectoryInfo(folder), "", 1);
        return new FolderSeen(folder, entries, isWhole, problem);

        void Walk(DirectoryInfo at, string prefix, int depth)
        {
            try
            {
                foreach (var entry in at.EnumerateFileSystemInfos().Take(MostEntries + 1).OrderBy(e => e.Name, StringComparer.Ordinal))
                {
                    if (entries.Count >= MostEntries)
                    {
                        isWhole = false;
                        return;
                    }

                    var kind = KindOf(entry);
                    entries.Add(new EntrySeen(prefix + entry.Name, kind, entry is FileInfo file && kind == "file" ? file.Length : null));
                    if (kind != "folder")
                        continue;
                    if (depth < Depth)
                        Walk((DirectoryInfo)entry, $"{prefix}{entry.Name}/", depth + 1);
                    else
                        isWhole = false;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                problem ??= $"{(prefix.Length == 0 ? "It" : prefix)} cannot be read: {e.Message}";
            }
        }
    }

    private static string KindOf(FileSystemInfo entry) => entry.LinkTarget is not null ? "link" : entry is DirectoryInfo ? "folder" : "file";
}
