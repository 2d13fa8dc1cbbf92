using System.Text;

namespace Bascule.Diagnostics;

/// <summary>The files of what shall be linted: without version control, packages, build output, binaries and files above 1 MB.</summary>
public static class FolderWalk
{
    /// <summary>A configuration that people write stays far below; what is bigger is generated or data.</summary>
    public const long MaxBytes = 1024 * 1024;

    /// <summary>Files of one run.</summary>
    public const int MaxFiles = 50_000;

    private const int MaxDepth = 24;

    private static readonly HashSet<string> Skipped = new(StringComparer.Ordinal)
    {
        ".git", "node_modules", "bin", "obj", "vendor", "dist", "build", "target", ".terraform", ".venv", "venv", "__pycache__", ".next", ".cache", "coverage", "artifacts", "testdata",
    };

    /// <summary>The files with their texts; paths are relative to <paramref name="workingFolder"/> where they lie under it.</summary>
    /// <exception cref="IOException">One of the paths given is not there, or cannot be read.</exception>
    public static IEnumerable<(string Path, string Text)> Read(IEnumerable<string> paths, string workingFolder)
    {
        var left = MaxFiles;
        foreach (var given in paths)
        {
            var full = Path.GetFullPath(given, workingFolder);
            if (!File.Exists(full) && !Directory.Exists(full))
                throw new FileNotFoundException($"{given} is not there.", given);
            var files = File.Exists(full) ? [full] : Files(full, 0);
            foreach (var file in files)
            {
                if (left-- <= 0)
                    yield break;
                if (TextOf(file, isGiven: file == full) is { } text)
                    yield return (Shown(file, workingFolder), text);
            }
        }
    }

    private static IEnumerable<string> Files(string folder, int depth)
    {
        if (depth > MaxDepth)
            yield break;
        List<string> files = [], folders = [];
        try
        {
            foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
            {
                // A link may lead back to where the walk came from.
                if (entry.LinkTarget is not null)
                    continue;
                if (entry is FileInfo { Length: <= MaxBytes } file && IsCandidate(file.Name))
                    files.Add(entry.FullName);
                else if (entry is DirectoryInfo && !Skipped.Contains(entry.Name))
                    folders.Add(entry.FullName);
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            // A folder that may not be read is not part of what can be linted.
            yield break;
        }

        files.Sort(StringComparer.Ordinal);
        folders.Sort(StringComparer.Ordinal);
        foreach (var file in files)
            yield return file;
        foreach (var file in folders.SelectMany(f => Files(f, depth + 1)))
            yield return file;
    }

    private static bool IsCandidate(string name) =>
        (FileKinds.OfName(name) != FileKind.Other || FileKinds.IsWorthALook(name)) && name is not ("package-lock.json" or "yarn.lock" or "pnpm-lock.yaml");

    /// <returns>Null for a binary file, and for one in a folder that may not be read.</returns>
    private static string? TextOf(string file, bool isGiven)
    {
        byte[] bytes;
        try
        {
            if (new FileInfo(file).Length > MaxBytes)
                return null;
            bytes = File.ReadAllBytes(file);
        }
        catch (Exception e) when (!isGiven && e is UnauthorizedAccessException or IOException)
        {
            // It may be gone by now, or belong to somebody else: the rest can still be linted.
            return null;
        }

        return bytes.AsSpan().Contains((byte)0) ? null : Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF');
    }

    private static string Shown(string file, string workingFolder)
    {
        var relative = Path.GetRelativePath(workingFolder, file);
        return (relative.StartsWith("..", StringComparison.Ordinal) ? file : relative).Replace('\\', '/');
    }
}
