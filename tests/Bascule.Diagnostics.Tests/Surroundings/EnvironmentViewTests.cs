using Bascule.Testing;

namespace Bascule.Diagnostics.Tests;

/// <summary>What the view of the surroundings holds, and where it stops.</summary>
public sealed class EnvironmentViewTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bascule-view-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Variables_folder_system_and_limits_are_told_and_secrets_are_not()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "a.txt"), "abc");
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "in", "deeper", "deepest"));
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "link"), "/");
        var environment = new Dictionary<string, string> { ["B"] = "2", ["API_KEY"] = "hunter2", ["PATH"] = "" };

        var report = await EnvironmentView.TakeAsync(environment, _folder.FullName, new ManualTime(), TestContext.Current.CancellationToken);

        Assert.Equal(["API_KEY=***", "B=2", "PATH="], report.Variables.Select(v => $"{v.Name}={v.Value}"));
        Assert.Equal(["a.txt file", "in folder", "in/deeper folder", "link link"], report.Folder.Entries.Select(e => $"{e.Path} {e.Kind}"));
        Assert.Equal(3, report.Folder.Entries[0].Bytes);
        Assert.False(report.Folder.IsWhole);
        Assert.Empty(report.Programs);
        Assert.Contains("bash", report.Missing);
        Assert.True(report.System.Processors > 0);
        Assert.Contains(report.Limits, limit => limit.Name == "Max open files" && limit.Unit == "files");
    }

    [Fact]
    public async Task A_program_on_PATH_says_its_version_and_gets_no_secret_of_ours()
    {
        Program("git", "echo \"git version $API_KEY-1.2\"; echo more");
        var environment = new Dictionary<string, string> { ["API_KEY"] = "hunter2", ["PATH"] = $"{_folder.FullName}:/usr/bin:/bin" };

        var report = await EnvironmentView.TakeAsync(environment, _folder.FullName, TimeProvider.System, TestContext.Current.CancellationToken);

        var git = Assert.Single(report.Programs, p => p.Name == "git");
        Assert.Equal((Path.Combine(_folder.FullName, "git"), "git version -1.2"), (git.Path, git.Version));
    }

    [Fact]
    public async Task A_program_that_hangs_is_ended_and_told()
    {
        Program("helm", "exec /bin/sleep 600");
        var time = new ManualTime();
        var environment = new Dictionary<string, string> { ["PATH"] = _folder.FullName };
        var taking = EnvironmentView.TakeAsync(environment, _folder.FullName, time, TestContext.Current.CancellationToken);

        while (!taking.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        var helm = Assert.Single((await taking).Programs);
        Assert.Equal("it did not answer within 3 s", helm.Problem);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_read_is_told()
    {
        var report = await EnvironmentView.TakeAsync(new Dictionary<string, string>(), Path.Combine(_folder.FullName, "nowhere"), new ManualTime(), TestContext.Current.CancellationToken);

        Assert.NotNull(report.Folder.Problem);
    }

    private void Program(string name, string body)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
