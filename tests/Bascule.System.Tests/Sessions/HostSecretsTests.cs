using System.Globalization;

namespace Bascule.System.Tests;

/// <summary>What the programs of a session could learn of the process that started them: they run as the same user.</summary>
[Trait("Part", "sessions")]
public sealed class HostSecretsTests
{
    [Theory]
    [InlineData("session-host", "--folder", "FOLDER", "--listen", "http://127.0.0.1:0")]
    [InlineData("agent", "--insecure", "--listen", "http://127.0.0.1:0", "--", "sleep", "1000")]
    public async Task Nobody_can_ask_a_host_for_its_memory(params string[] arguments)
    {
        using var folder = new TestFolder();
        await using var host = ChildProcess.Start("dotnet", [Repository.Program, .. arguments.Select(a => a == "FOLDER" ? folder.Path : a)]);
        await host.LineAsync("http://127.0.0.1:");

        // With the start time: a process that was killed leaves its files, and its number may come again.
        var stat = await File.ReadAllTextAsync($"/proc/{host.Id.ToString(CultureInfo.InvariantCulture)}/stat", TestContext.Current.CancellationToken);
        var started = stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19];
        Assert.DoesNotContain(
            Directory.EnumerateFileSystemEntries(Path.GetTempPath(), $"*-{host.Id.ToString(CultureInfo.InvariantCulture)}-{started}-*"),
            f => Path.GetFileName(f).StartsWith("dotnet-diagnostic-", StringComparison.Ordinal) || Path.GetFileName(f).StartsWith("clr-debug-", StringComparison.Ordinal));
    }
}
