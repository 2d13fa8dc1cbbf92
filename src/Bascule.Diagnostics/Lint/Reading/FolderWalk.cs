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
    /// <exception cref="IOException">One of the paths given is not there, or cannot be read; or there are too many files.</exception>
    public static IEnumerable<(string Path, string Text)> Read(IEnumerable<string> paths, string workingFolder, int mostFiles = MaxFiles)
    {
        var left = mostFiles;
        foreach (var given in paths)
        {
            if (given.Length == 0)
                throw new FileNotFoundException("An empty path names nothing; for this folder write a dot.");
            var full = Path.GetFullPath(given, workingFolder);
            if (!File.Exists(full) && !Directory.Exists(full))
                throw new FileNotFoundException($"{given} is not there.", given);
            var files = File.Exists(full) ? [full] : Files(full, 0);
            foreach (var file in files)
            {
                if (left-- <= 0)
                    throw new IOException($"There are more than {mostFiles} files to be read, so none is judged: name the folders that matter, or several runs.");
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
                // Pipes, devices and sockets have no length, and to read them may take for ever.
                if (entry is FileInfo { Length: > 0 and <= MaxBytes } file && IsCandidate(file.Name))
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

    /// <returns>Null for a binary file, and for one in a folder that may not be read. One that was named is an exception then.</returns>
    private static string? TextOf(string file, bool isGiven)
    {
        byte[] bytes;
        try
        {
            // Whoever opens a pipe waits until somebody writes, and a device may never end: both have no length.
            if (isGiven && new FileInfo(file).Length == 0)
                throw new IOException($"{file} is empty, or a pipe or device, so it is not read.");
            bytes = Bytes(file);
            if (bytes.Length > MaxBytes)
                return isGiven ? throw new IOException($"{file} is above {MaxBytes / 1024 / 1024} MB, so it is not read.") : null;
        }
        catch (Exception e) when (!isGiven && e is UnauthorizedAccessException or IOException)
        {
            // It may be gone by now, or belong to somebody else: the rest can still be linted.
            return null;
        }

        return Decoded(bytes) ?? (isGiven ? throw new IOException($"{file} is binary, so it is not read.") : null);
    }

    /// <summary>A little more than <see cref="MaxBytes"/> at most: a file may grow, and a device never ends.</summary>
    private static byte[] Bytes(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var (buffer, read) = (new byte[stream.CanSeek ? Math.Min(stream.Length, MaxBytes) + 1 : MaxBytes + 1], 0);
        while (read < buffer.Length && stream.Read(buffer, read, buffer.Length - read) is > 0 and var more)
            read += more;
        return buffer[..read];
    }

    /// <summary>The text, in UTF-8, or in UTF-16 where its mark says so (as some shells of Windows write); null for a binary.</summary>
    private static string? Decoded(byte[] bytes)
    {
        if (bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            var text = (bytes[0] == 0xFF ? Encoding.Unicode : Encoding.BigEndianUnicode).GetString(bytes, 2, bytes.Length - 2);
            return text.Contains('\0') ? null : text;
        }

        return bytes.AsSpan().Contains((byte)0) ? null : Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF');
    }

    private static string Shown(string file, string workingFolder)
    {
        var relative = Path.GetRelativePath(workingFolder, file);
        var shown = (relative.StartsWith("..", StringComparison.Ordinal) ? file : relative).Replace('\\', '/');
        // A name may hold a line end, and whoever reads the report would take what follows for a line of ours.
        return shown.Any(char.IsControl) ? string.Concat(shown.Select(c => char.IsControl(c) ? '·' : c)) : shown;
    }
}
