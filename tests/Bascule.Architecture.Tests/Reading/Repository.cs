using System.Diagnostics;

namespace Bascule.Architecture.Tests;

/// <summary>The files of this repository as git knows them: tracked, or new and not ignored.</summary>
internal static class Repository
{
    private static readonly Lazy<IReadOnlyList<string>> AllFiles = new(ListFiles);

    /// <summary>The folder that holds <c>Bascule.slnx</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Paths relative to <see cref="Root"/>, with <c>/</c>.</summary>
    public static IReadOnlyList<string> Files => AllFiles.Value;

    public static IEnumerable<string> WithExtension(params string[] extensions) =>
        Files.Where(f => extensions.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase));

    public static string FullPath(string file) => Path.Combine(Root, file);

    public static string Read(string file) => File.ReadAllText(FullPath(file));

    public static string FolderOf(string file) => Path.GetDirectoryName(file)!.Replace('\\', '/');

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Bascule.slnx")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Bascule.slnx. Run the tests from their place in the repository.");
    }

    private static List<string> ListFiles()
    {
        // Whoever owns the clone: in a container that is often somebody else.
        var start = new ProcessStartInfo("git", ["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var git = Process.Start(start)!;
        var names = git.StandardOutput.ReadToEnd().Split('\0', StringSplitOptions.RemoveEmptyEntries);
        git.WaitForExit();
        if (git.ExitCode != 0)
            throw new InvalidOperationException($"git ls-files ended with {git.ExitCode}; the tests need a git clone.");
        return [.. names.Distinct(StringComparer.Ordinal).Where(n => File.Exists(FullPath(n))).Order(StringComparer.Ordinal)];
    }
}
