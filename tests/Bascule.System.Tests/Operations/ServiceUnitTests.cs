namespace Bascule.System.Tests;

/// <summary>The unit for systemd: <c>deploy/systemd/bascule.service</c>.</summary>
public sealed class ServiceUnitTests
{
    private static readonly string Unit = Path.Combine(Repository.Root, "deploy", "systemd", "bascule.service");

    [Fact]
    public async Task Systemd_understands_all_of_it()
    {
        Assert.True(File.Exists("/usr/bin/systemd-analyze"), "systemd-analyze is missing: package systemd");
        using var folder = new TestFolder();
        // It looks whether the program is there; here it is not installed.
        await File.WriteAllTextAsync(
            folder.File("bascule.service"), (await LinesAsync()).Replace("/usr/local/lib/bascule/bascule", "/bin/true", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        await using var verify = ChildProcess.Start("systemd-analyze", "verify", "--man=no", folder.File("bascule.service"));

        Assert.Equal(0, await verify.ExitAsync());
        Assert.DoesNotContain("bascule.service", verify.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sessions_outlive_a_restart_of_the_unit()
    {
        var lines = (await LinesAsync()).Split('\n');

        Assert.Contains("KillMode=process", lines);
        Assert.Contains("OOMPolicy=continue", lines);
        // What systemd empties at a stop is below sessions that go on.
        Assert.DoesNotContain(lines, line => line.StartsWith("PrivateTmp=", StringComparison.Ordinal) || line.StartsWith("RuntimeDirectory=", StringComparison.Ordinal));
    }

    private static Task<string> LinesAsync() => File.ReadAllTextAsync(Unit, TestContext.Current.CancellationToken);
}
