using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Bascule.Cli;

/// <summary><c>bascule version</c>: which build this is, and on what it runs.</summary>
public static class VersionCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var json = new JsonOption("{ version, commit, runtime, system }");
        var command = new ExampleCommand("version", "Which build this is, and on what it runs.", "bascule version", "bascule version --json") { json };
        command.SetAction(parse =>
        {
            var build = Read();
            if (parse.GetValue(json))
                surroundings.Output.Json(build);
            else
                surroundings.Output.Line($"bascule {build.Version} (commit {build.Commit}), {build.Runtime}, {build.System}");
            return ExitCodes.Good;
        });
        return command;
    }

    internal static BuildDescription Read()
    {
        // The SDK appends the commit after a plus sign when it builds from a repository.
        var parts = (typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0").Split('+', 2);
        return new BuildDescription(parts[0], parts.Length > 1 ? parts[1] : "unknown", RuntimeInformation.FrameworkDescription, RuntimeInformation.RuntimeIdentifier);
    }

    internal sealed record BuildDescription(string Version, string Commit, string Runtime, string System);
}
