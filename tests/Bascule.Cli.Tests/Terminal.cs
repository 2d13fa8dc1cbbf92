using System.CommandLine;

namespace Bascule.Cli.Tests;

/// <summary>Runs command lines in this process, in a directory of their own, and keeps what they write.</summary>
internal sealed class Terminal : IDisposable
{
    private readonly DirectoryInfo _directory = System.IO.Directory.CreateTempSubdirectory("bascule-cli-");

    internal Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether the command believes that a person reads along.</summary>
    internal bool IsTerminal { get; init; }

    /// <summary>In place of the standard output that is kept: one that cannot be written.</summary>
    internal TextWriter? Refusing { get; init; }

    /// <summary>The standard output as a pipe.</summary>
    internal TextWriter? Pipe { get; init; }

    /// <summary>For full-screen views.</summary>
    internal IScreenDevice? Screen { get; set; }

    internal string Directory => _directory.FullName;

    /// <summary>What is piped in.</summary>
    internal string Input { get; set; } = "";

    /// <summary>All that lies in the directory.</summary>
    internal string[] Files => System.IO.Directory.GetFileSystemEntries(_directory.FullName);

    internal Terminal With(string file, string text)
    {
        File.WriteAllText(Path.Combine(_directory.FullName, file), text);
        return this;
    }

    internal Task<Ran> RunAsync(params string[] args) => RunAsync(Program.CreateRoot, CancellationToken.None, args);

    internal async Task<Ran> RunAsync(Func<Surroundings, RootCommand> createRoot, CancellationToken interruption, params string[] args)
    {
        using var standard = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var output = new Output(Refusing ?? standard, error, IsTerminal, isColored: false, Pipe);
        var surroundings = new Surroundings(output, Environment, _directory.FullName) { Input = new StringReader(Input), Screen = Screen };
        var code = await CommandRunner.RunAsync(createRoot(surroundings), args, surroundings, interruption);
        return new Ran(code, standard.ToString(), error.ToString());
    }

    public void Dispose() => _directory.Delete(recursive: true);
}

/// <summary>What one command line left behind.</summary>
internal sealed record Ran(int Code, string Standard, string Error);
