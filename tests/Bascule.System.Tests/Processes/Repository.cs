namespace Bascule.System.Tests;

/// <summary>Where things lie in the repository that these tests were built from.</summary>
internal static class Repository
{
    private const string Marker = "Bascule.slnx";

    internal static string Root { get; } = Find();

    internal static string Interop { get; } = Path.Combine(Root, "tests", "interop");

    /// <summary>The real program, built with the same configuration as these tests.</summary>
    internal static string Program { get; } = Path.Combine(Root, "src", "Bascule.Cli", "bin", Configuration(), "net10.0", "bascule.dll");

    /// <summary>A file of <see cref="Interop"/>; those in JavaScript need what npm installs.</summary>
    internal static string InteropFile(string name)
    {
        if (name.EndsWith(".mjs", StringComparison.Ordinal) && !Directory.Exists(Path.Combine(Interop, "node_modules", "ws")))
            throw new InvalidOperationException("tests/interop/node_modules is missing. Run ./test, or: cd tests/interop && npm ci");
        return Path.Combine(Interop, name);
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Marker)))
                return folder.FullName;
        }

        throw new InvalidOperationException($"{Marker} lies in no folder above {AppContext.BaseDirectory}. Run the tests from where they were built.");
    }

    /// <summary>The tests lie in bin/CONFIGURATION/net10.0/.</summary>
    private static string Configuration() => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
}
