namespace Bascule.System.Tests;

/// <summary>The script <c>bascule</c> at the root of the repository, when there is nothing to build.</summary>
public sealed class ScriptTests : IDisposable
{
    private readonly TestFolder _folder = new();

    [Fact]
    public async Task It_runs_the_program_where_the_caller_is_with_the_arguments_as_they_are()
    {
        var root = Directory.CreateDirectory(_folder.File("repository")).FullName;
        var caller = Directory.CreateDirectory(_folder.File("the caller's folder")).FullName;
        LayOut(root);
        await File.WriteAllTextAsync(Path.Combine(caller, "my own.json"), """
            {
              "pools": { "one": { "nodes": ["http://127.0.0.1:1"] } },
              "routes": [{ "name": "all", "path": "/*", "auth": "none", "pool": "one" }]
            }
            """);

        await using var script = ChildProcess.StartIn(caller, Path.Combine(root, "bascule"), "config", "check", "--config", "my own.json");

        Assert.Equal(0, await script.ExitAsync());
        Assert.Matches("^good: 1 route, 1 pool; read: .*my own.json$", script.StandardOutput);
        Assert.Equal(script.Output, script.StandardOutput);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>The script looks for the program beside itself. Here it finds the one that these tests use, built after everything else.</summary>
    private static void LayOut(string root)
    {
        File.Copy(Path.Combine(Repository.Root, "bascule"), Path.Combine(root, "bascule"));
        foreach (var file in (string[])["global.json", "Directory.Build.props"])
            File.Copy(Path.Combine(Repository.Root, file), Path.Combine(root, file));
        var output = Directory.CreateDirectory(Path.Combine(root, "src", "Bascule.Cli", "bin", "Release")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(output, "net10.0"), Path.GetDirectoryName(Repository.Program)!);
        File.WriteAllText(Path.Combine(output, "built"), "");
    }
}
